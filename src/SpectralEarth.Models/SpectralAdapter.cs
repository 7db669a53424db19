using SpectralEarth.Models.Adapter;
using SpectralEarth.Models.Layers;
using SpectralEarth.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models;

/// <summary>Turns the spectrum of each pixel into 128 features; the first stage of every SpectralEarth network.</summary>
public abstract class SpectralAdapter : Module<Tensor, Tensor>
{
    /// <summary>Features per pixel.</summary>
    public const int Features = 128;

    /// <summary>Shortest spectrum of <see cref="AdapterForm.Reference"/>: it leaves one position after the three convolutions.</summary>
    public const int MinimumBands = 75;

    private protected SpectralAdapter(string name, int bands)
        : base(name) => Bands = bands;

    /// <summary>Input bands C.</summary>
    public int Bands { get; }

    /// <param name="input">Normalised images, [B, C, H, W].</param>
    /// <returns>Pixel features, [B, 128, H, W], channels last in memory.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (b, h, w) = (input.shape[0], input.shape[2], input.shape[3]);
        var spectra = input.permute(0, 2, 3, 1).reshape(b * h * w, input.shape[1]);
        return ForwardSpectra(spectra).reshape(b, h, w, Features).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>The same computation for single pixels.</summary>
    /// <param name="spectra">Normalised spectra, [M, C].</param>
    /// <returns>Pixel features, [M, 128].</returns>
    /// <exception cref="ArgumentOutOfRangeException">The spectra have another number of bands.</exception>
    public Tensor ForwardSpectra(Tensor spectra)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(spectra.shape[1], Bands);
        using var scope = NewDisposeScope();
        return Transform(spectra).MoveToOuterDisposeScope();
    }

    /// <summary>The fixed matrix that <see cref="AdapterForm.Full"/> begins with, for what rebuilds the network elsewhere: cosines over wavelength by band, [C, W] row by row.</summary>
    /// <param name="wavelengthsNm">Centre wavelengths, nm, in channel order.</param>
    public static IReadOnlyList<double> WavelengthTransform(IReadOnlyList<double> wavelengthsNm) => WavelengthBasis.Matrix(wavelengthsNm);

    /// <summary>Notes every rule about the adapter that <paramref name="config"/> breaks.</summary>
    internal static void Check(EncoderConfig config, RuleBook rules)
    {
        var (bands, wavelengths) = (config.Bands, config.WavelengthsNm);
        if (!config.HasAdapter || config.Adapter == AdapterForm.Reference)
        {
            rules.Require(config.Adapter == AdapterForm.Reference, "adapter full needs an architecture with a spectral adapter.");
            rules.Require(wavelengths is null, "wavelengths_nm belongs to adapter full; no other knows them.");
            rules.Require(!config.HasAdapter || bands >= MinimumBands,
                $"{bands} bands are too few: the spectral adapter needs at least {MinimumBands}; adapter full takes any number from two on.");
            return;
        }

        rules.Require(wavelengths?.Count == bands && bands > 1,
            $"adapter full needs at least two bands and the wavelength of each; of {bands} bands wavelengths_nm has {wavelengths?.Count ?? 0}.");
        rules.Require(wavelengths is null || wavelengths.Distinct().Count() == wavelengths.Count, "wavelengths_nm names a wavelength twice.");
        var outside = wavelengths?.Where(nm => !WavelengthBasis.Covers(nm)).ToArray() ?? [];
        rules.Require(outside.Length == 0,
            $"wavelengths_nm must lie between {WavelengthBasis.FirstNm} and {WavelengthBasis.LastNm} nm but has {string.Join(", ", outside)}.");
    }

    /// <summary>The adapter that <paramref name="config"/> asks for.</summary>
    internal static SpectralAdapter Create(EncoderConfig config, FirstWeights weights) => config.Adapter switch
    {
        AdapterForm.Reference => new ConvolutionAdapter(config.Bands, weights),
        AdapterForm.Full => new WavelengthAdapter(config.WavelengthsNm!, weights),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config.Adapter, "There is no such adapter."),
    };

    /// <summary>The same by libtorch's own layers, all intermediate results at once; oracle of <see cref="ForwardSpectra"/>.</summary>
    internal abstract Tensor ForwardPlain(Tensor spectra);

    /// <summary>Spectra [M, C] to features [M, 128].</summary>
    private protected abstract Tensor Transform(Tensor spectra);
}
