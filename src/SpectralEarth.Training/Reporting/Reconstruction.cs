using SpectralEarth.Models;
using SpectralEarth.Randomness;
using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Spectra;
using static TorchSharp.torch;

namespace SpectralEarth.Training.Reporting;

/// <summary>A patch as it is, as the encoder saw it, and as the network completes it; digital numbers.</summary>
internal sealed class Reconstruction
{
    private readonly IReadOnlyList<double> wavelengthsNm;
    private readonly float[] truth, completed;       // [C, S, S]
    private readonly byte[] valid, visible;          // 1 or 0, [S, S]
    private readonly int size;

    private Reconstruction(
        IReadOnlyList<double> wavelengthsNm, int size, PatchInfo info, (float[] Truth, float[] Completed) numbers, byte[] valid, byte[] visible) =>
        (this.wavelengthsNm, this.size, Info, (truth, completed), this.valid, this.visible) = (wavelengthsNm, size, info, numbers, valid, visible);

    /// <summary>Where the patch lies and when it was taken.</summary>
    public PatchInfo Info { get; }

    /// <summary>Whether a band was hidden in the visible tokens too, by band; null if no band was.</summary>
    public IReadOnlyList<bool>? HiddenBands { get; private init; }

    /// <summary>Completes one patch under a mask that depends on the seed and the patch only.</summary>
    /// <param name="network">Network; put into evaluation mode here and back into training mode after.</param>
    /// <param name="views">Views without augmentation.</param>
    /// <param name="dataset">Data set.</param>
    /// <param name="index">Catalog index.</param>
    /// <param name="seed">Seed of the run.</param>
    public static Reconstruction Of(MaskedAutoencoder network, TrainingViews views, Dataset dataset, int index, long seed)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)new SeededRandom(seed, "report-mask", index).NextSeed());
        var patch = dataset.Read(index);
        var batch = new PatchBatch { Indices = [index], Pixels = patch.Pixels, Validity = patch.Validity, Labels = null };
        var (images, validity) = views.Of(batch, step: 0);
        using var drawn = network.DrawMask(1, random);
        using var mask = drawn.To(images.device);
        network.eval();
        var completed = network.Reconstruct(images, mask, validity, views.BandValidity(batch, step: 0));
        network.train();
        var encoder = network.Config.Encoder;
        return new Reconstruction(dataset.Manifest.WavelengthsNm, encoder.PatchSize, patch.Info,
            (views.DigitalNumbers(images), views.DigitalNumbers(completed)),
            validity is null ? [.. Enumerable.Repeat((byte)1, encoder.PatchSize * encoder.PatchSize)] : validity.cpu().data<byte>().ToArray(),
            VisiblePixels(drawn, encoder))
        {
            HiddenBands = drawn.HiddenBands?.data<bool>().ToArray(),
        };
    }

    /// <summary>The three pictures side by side, in one stretch.</summary>
    public Picture Sheet(ColorWavelengths colors)
    {
        var factor = Math.Max(1, 256 / size);
        var seen = valid.Zip(visible, (data, shown) => (byte)(data & shown)).ToArray();
        var stretch = FalseColor.Stretch<float>(truth, valid, size, wavelengthsNm, colors);
        Picture Draw(float[] numbers, byte[] shown) =>
            FalseColor.Render<float>(numbers, shown, size, wavelengthsNm, colors, stretch).Enlarged(factor);
        return PictureSheet.Draw([("Patch", Draw(truth, valid)), ("Visible to the encoder", Draw(truth, seen)), ("Completed", Draw(completed, valid))], []);
    }

    /// <summary>True and predicted spectrum of a pixel drawn from the valid ones in hidden tokens; null if there are none.</summary>
    /// <param name="random">Decides the pixel.</param>
    public (int Row, int Column, double[] Truth, double[] Predicted)? HiddenSpectrum(SeededRandom random)
    {
        var hidden = Enumerable.Range(0, size * size).Where(pixel => valid[pixel] == 1 && visible[pixel] == 0).ToList();
        if (hidden.Count == 0)
            return null;
        var pixel = hidden[random.NextInt(hidden.Count)];
        return (pixel / size, pixel % size, Spectrum(truth, pixel), Spectrum(completed, pixel));
    }

    private double[] Spectrum(float[] numbers, int pixel) =>
        [.. Enumerable.Range(0, wavelengthsNm.Count).Select(channel => (double)numbers[(channel * size * size) + pixel])];

    private static byte[] VisiblePixels(TokenMask mask, EncoderConfig encoder)
    {
        var kept = mask.Kept.data<long>().ToHashSet();
        var (size, token) = (encoder.PatchSize, encoder.TokenSize);
        return [.. Enumerable.Range(0, size * size).Select(pixel => kept.Contains((pixel / size / token * encoder.TokensPerSide) + (pixel % size / token)) ? (byte)1 : (byte)0)];
    }
}
