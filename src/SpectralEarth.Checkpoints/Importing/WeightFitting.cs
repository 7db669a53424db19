using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Checkpoints.Importing;

/// <summary>Brings weights of another image size or other bands into a model's shapes, as far as that was asked for.</summary>
/// <param name="from">Description of the weights in the file.</param>
/// <param name="to">Description of the model.</param>
internal sealed class WeightFitting(ModelDescription from, ModelDescription to)
{
    private const string Positions = "encoder.vit_core.pos_embed", DecoderPositions = "decoder.decoder_pos_embed";
    private const string Prediction = "decoder.decoder_pred.";

    /// <summary>True if a key's tensor has to be made anew.</summary>
    internal bool Concerns(string key) =>
        (key is Positions or DecoderPositions && from.Encoder.TokensPerSide != to.Encoder.TokensPerSide)
        || (key.StartsWith(Prediction, StringComparison.Ordinal) && !from.WavelengthsNm.SequenceEqual(to.WavelengthsNm));

    /// <summary>Fits the tensor of <paramref name="key"/>, which <see cref="Concerns"/>, into <paramref name="target"/>.</summary>
    /// <param name="key">Key in the model.</param>
    /// <param name="source">Tensor of the file.</param>
    /// <param name="target">Parameter of the model with its first values: of fixed positions those are final.</param>
    internal void Fit(string key, Tensor source, Tensor target)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        if (key.StartsWith(Prediction, StringComparison.Ordinal))
            target.copy_(Resampled(source.to(ScalarType.Float32)));
        else if (to.Encoder.Positions == PositionalEmbedding.Learned)
            target.copy_(Interpolated(source.to(ScalarType.Float32)));
    }

    /// <summary>
    /// Learned positions on another grid, [1, 1 + N, D] to [1, 1 + N', D]: bicubic, the class token's kept (Touvron et al. 2021,
    /// section 3; timm's <c>resample_abs_pos_embed</c> without antialiasing).
    /// </summary>
    private Tensor Interpolated(Tensor positions)
    {
        var (before, after, width) = (from.Encoder.TokensPerSide, to.Encoder.TokensPerSide, positions.shape[2]);
        var grid = positions[.., 1..].reshape(1, before, before, width).permute(0, 3, 1, 2);
        var resized = nn.functional.interpolate(grid, [after, after], mode: InterpolationMode.Bicubic, align_corners: false);
        return cat([positions[.., ..1], resized.permute(0, 2, 3, 1).reshape(1, after * after, width)], 1);
    }

    /// <summary>
    /// The rows of the pixel prediction, [P * P * C, ...] to [P * P * C', ...] (band fastest), interpolated linearly between the
    /// nearest wavelengths of the file; beyond its ends the end is repeated.
    /// </summary>
    private Tensor Resampled(Tensor rows)
    {
        var pixels = rows.reshape([-1, from.Encoder.Bands, .. rows.shape[1..]]);
        var (lower, weight) = Neighbours();
        var (first, second) = (pixels.index_select(1, tensor(lower)), pixels.index_select(1, tensor(lower.Select(i => Math.Min(i + 1, from.Encoder.Bands - 1)).ToArray())));
        var share = tensor(weight).reshape([1, -1, .. rows.shape[1..].Select(_ => 1L)]);
        return (first + ((second - first) * share)).reshape([-1, .. rows.shape[1..]]);
    }

    private (long[] Lower, float[] Weight) Neighbours()
    {
        var known = from.WavelengthsNm;
        var lower = to.WavelengthsNm.Select(nm => (long)Math.Clamp(known.Count(other => other <= nm) - 1, 0, known.Count - 1)).ToArray();
        var weight = to.WavelengthsNm.Zip(lower, (nm, i) => i + 1 < known.Count && known[(int)i] < known[(int)i + 1]
            ? (float)Math.Clamp((nm - known[(int)i]) / (known[(int)i + 1] - known[(int)i]), 0, 1) : 0f).ToArray();
        return (lower, weight);
    }
}
