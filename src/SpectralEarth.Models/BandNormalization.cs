using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>Makes a network's input of digital numbers: mean 0 and standard deviation 1 per band, moved by a fraction of a pixel where its labels lie aside.</summary>
public sealed class BandNormalization : IDisposable
{
    private readonly Tensor mean, deviation;
    private readonly PixelOffset? offset;

    /// <param name="mean">Mean of each band, digital numbers, C values.</param>
    /// <param name="standardDeviation">Standard deviation of each band, C values; positive.</param>
    /// <param name="device">Where images will be; the CPU if null.</param>
    /// <param name="offset">Ground that a pixel is to show; its own if null.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a number is not finite or not positive.</exception>
    public BandNormalization(IReadOnlyList<double> mean, IReadOnlyList<double> standardDeviation, Device? device = null, PixelOffset? offset = null)
    {
        if (mean.Count != standardDeviation.Count || mean.Count == 0)
            throw new ArgumentException($"{mean.Count} means but {standardDeviation.Count} standard deviations; one of each per band is needed.");
        for (var channel = 0; channel < mean.Count; channel++)
        {
            if (!double.IsFinite(mean[channel]) || !double.IsFinite(standardDeviation[channel]) || standardDeviation[channel] <= 0)
            {
                throw new ArgumentException(
                    $"Channel {channel} has mean {mean[channel]} and standard deviation {standardDeviation[channel]}; " +
                    "both must be finite and the deviation positive. Compute the data set's statistics again.");
            }
        }

        this.mean = Column(mean, device);
        deviation = Column(standardDeviation, device);
        this.offset = offset;
    }

    /// <summary>Bands C.</summary>
    public int Bands => (int)mean.shape[1];

    /// <summary>(number - mean) / standard deviation, with 0 where a pixel is invalid or a band holds no data; then moved by the offset.</summary>
    /// <param name="digitalNumbers">Images of any number type, [B, C, H, W].</param>
    /// <param name="noData">Digital number of missing values.</param>
    /// <param name="validity">Non-zero for valid pixels, [B, H, W]; null if all are valid.</param>
    /// <returns>Float32 [B, C, H, W].</returns>
    public Tensor Apply(Tensor digitalNumbers, short noData, Tensor? validity = null)
    {
        if (digitalNumbers.dim() != 4 || digitalNumbers.shape[1] != Bands)
        {
            throw new ArgumentException(
                $"Images of shape [{string.Join(", ", digitalNumbers.shape)}] do not fit statistics of {Bands} bands.",
                nameof(digitalNumbers));
        }

        using var scope = NewDisposeScope();
        // A band that is empty in one scene only holds the no-data number in pixels that are valid otherwise.
        var normalized = digitalNumbers.to(float32, copy: true).sub_(mean).div_(deviation).masked_fill_(digitalNumbers.eq(noData), 0);
        if (validity is not null)
            normalized.masked_fill_(validity.unsqueeze(1).eq(0), 0);
        return (offset is null ? normalized : PixelShift.Apply(normalized, offset)).MoveToOuterDisposeScope();
    }

    /// <summary>number * standard deviation + mean: the digital numbers of normalized images that were not moved.</summary>
    /// <param name="normalized">Float32 [B, C, H, W].</param>
    /// <returns>Float32 [B, C, H, W].</returns>
    public Tensor Undo(Tensor normalized) => (normalized * deviation).add_(mean);

    /// <inheritdoc/>
    public void Dispose()
    {
        mean.Dispose();
        deviation.Dispose();
    }

    private static Tensor Column(IReadOnlyList<double> values, Device? device) =>
        tensor([.. values.Select(value => (float)value)], [1, values.Count, 1, 1], device: device).DetachFromDisposeScope();
}
