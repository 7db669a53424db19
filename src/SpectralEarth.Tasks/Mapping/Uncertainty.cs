namespace SpectralEarth.Tasks.Mapping;

/// <summary>How undecided a network is about a pixel: the entropy of its class probabilities as a share of the largest possible one, ln L.</summary>
internal static class Uncertainty
{
    /// <summary>Entropy of rows, one byte per pixel as <see cref="ByteShare"/>: 0 = one class is certain, 1 = all are equally probable.</summary>
    /// <param name="rows">Class probabilities of at least two classes.</param>
    /// <param name="destination">Receives [rows, width].</param>
    public static void Of(BlendedRows rows, Span<byte> destination)
    {
        var area = rows.Validity.Length;
        var largest = MathF.Log(rows.Probabilities.Length / area);
        for (var pixel = 0; pixel < area; pixel++)
        {
            var entropy = 0f;
            for (var at = pixel; at < rows.Probabilities.Length; at += area)
                entropy -= rows.Probabilities[at] > 0 ? rows.Probabilities[at] * MathF.Log(rows.Probabilities[at]) : 0;
            destination[pixel] = rows.Validity[pixel] == 0 ? ByteShare.NoData : ByteShare.Of(entropy / largest);
        }
    }
}
