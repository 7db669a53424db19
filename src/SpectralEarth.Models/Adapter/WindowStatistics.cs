using static TorchSharp.torch;

namespace SpectralEarth.Models.Adapter;

/// <summary>
/// Mean and covariance of all windows that the first convolution sees. As that layer is linear, the batch statistics
/// of its output follow exactly, for any kernel w: mean w.m, variance w'Sw. Sums are in double precision, over all parts of
/// the batch.
/// </summary>
internal static class WindowStatistics
{
    /// <summary>Windows whose products are made at a time.</summary>
    private const int Together = 4;

    /// <param name="spectra">[M, C].</param>
    /// <param name="layer">First convolution: taps K, stride.</param>
    /// <returns>Mean [K] and covariance [K, K] (biased, over M * L windows), float64.</returns>
    internal static (Tensor Mean, Tensor Covariance) Of(Tensor spectra, SpectralConvolution layer)
    {
        using var scope = NewDisposeScope();
        var (m, c, k, s) = (spectra.shape[0], spectra.shape[1], (long)layer.Taps, (long)layer.Stride);
        var windows = layer.OutputLength((int)c);
        var groups = (windows + Together - 1) / Together;
        var (width, step) = ((s * (Together - 1)) + k, s * Together);
        var padded = Math.Max(c + 2, (step * (groups - 1)) + width);
        var results = PixelChunks.Sums(spectra, () => [zeros(padded, float64, spectra.device), zeros([groups, width, width], float64, spectra.device)], (part, first, count) =>
        {
            var values = zeros([count, padded], float64, spectra.device);
            values.narrow(1, 1, c).copy_(spectra.narrow(0, first, count));
            var grouped = values.as_strided([groups, count, width], [step, padded, 1]);
            part[0].add_(values.sum([0]));
            part[1].add_(grouped.transpose(1, 2).bmm(grouped));
        });

        var (sums, products) = (results[0], results[1]);
        SharedBatch.Current?.Sum(sums);
        SharedBatch.Current?.Sum(products);
        var n = (double)(m * windows * (SharedBatch.Current?.Parts ?? 1));
        var mean = sums.as_strided([windows, k], [s, 1]).sum([0]) / n;
        var second = products.as_strided([groups, Together, k, k], [width * width, s * (width + 1), width, 1])
            .reshape(groups * Together, k, k).narrow(0, 0, windows).sum([0]) / n;
        return (mean.MoveToOuterDisposeScope(), (second - mean.outer(mean)).MoveToOuterDisposeScope());
    }
}
