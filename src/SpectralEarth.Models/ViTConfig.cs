using SpectralEarth.Models.Adapter;
using SpectralEarth.Recipes;

namespace SpectralEarth.Models;

/// <summary>How a transformer knows where its tokens lie.</summary>
public enum PositionalEmbedding
{
    /// <summary>Fixed two-dimensional sines and cosines (He et al. 2022, appendix A.1); frozen.</summary>
    SineCosine,

    /// <summary>One trained vector per token, class token included (Dosovitskiy et al. 2021, section 3.1).</summary>
    Learned,
}

/// <summary>How the spectrum of a pixel becomes features.</summary>
public enum AdapterForm
{
    /// <summary>The reference's convolutions over channel numbers; with most band counts the last channels do not reach the output.</summary>
    Reference,

    /// <summary>Learned functions of wavelength: every channel counts, and other sensors' bands fit the same weights.</summary>
    Full,
}

/// <summary>Shape of a spectral-adapter vision transformer.</summary>
public sealed record ViTConfig
{
    /// <summary>Input bands C.</summary>
    public int Bands { get; init; } = 202;

    /// <summary>How the spectrum of a pixel becomes features.</summary>
    public AdapterForm Adapter { get; init; } = AdapterForm.Reference;

    /// <summary>Centre wavelengths of the input bands, nm, in channel order; only <see cref="AdapterForm.Full"/> has them. No weight depends on their number.</summary>
    public IReadOnlyList<double>? WavelengthsNm { get; init; }

    /// <summary>Side of the input image, pixels.</summary>
    public int PatchSize { get; init; } = 128;

    /// <summary>Side of a token, pixels; must divide <see cref="PatchSize"/>.</summary>
    public int TokenSize { get; init; } = 4;

    /// <summary>Embedding width D.</summary>
    public int Width { get; init; } = 384;

    /// <summary>Number of transformer blocks.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Attention heads h; must divide <see cref="Width"/>.</summary>
    public int Heads { get; init; } = 6;

    /// <summary>Width of the hidden layer of each block's perceptron, as a multiple of <see cref="Width"/>.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Fixed or trained positions.</summary>
    public PositionalEmbedding Positions { get; init; } = PositionalEmbedding.SineCosine;

    /// <summary>Tokens along one side of the image.</summary>
    public int TokensPerSide => PatchSize / TokenSize;

    /// <summary>Tokens N of an image, class token not counted.</summary>
    public int Tokens => TokensPerSide * TokensPerSide;

    /// <summary>Notes every rule that this shape breaks.</summary>
    public void Check(RuleBook rules)
    {
        CheckAdapter(rules);
        rules.Require(PatchSize > 0 && TokenSize > 0 && PatchSize % TokenSize == 0,
            $"token_size {TokenSize} must divide patch_size {PatchSize}.");
        rules.Require(Width > 0 && Heads > 0 && Width % Heads == 0, $"heads {Heads} must divide width {Width}.");
        rules.Require(Positions == PositionalEmbedding.Learned || Width % 4 == 0,
            $"width must be a multiple of 4 for sine-cosine positions but is {Width}.");
        rules.Require(Depth > 0, $"depth must be positive but is {Depth}.");
        rules.Require(MlpRatio > 0 && Width * MlpRatio >= 1, $"mlp_ratio must be positive but is {MlpRatio}.");
    }

    /// <summary>This network for other bands of any number.</summary>
    /// <param name="wavelengthsNm">Centre wavelengths, nm, in channel order.</param>
    /// <exception cref="InvalidOperationException">The adapter goes by channel numbers.</exception>
    public ViTConfig ForBands(IReadOnlyList<double> wavelengthsNm) => Adapter == AdapterForm.Full
        ? this with { Bands = wavelengthsNm.Count, WavelengthsNm = wavelengthsNm }
        : throw new InvalidOperationException("The reference's adapter knows channel numbers only; its bands cannot be exchanged.");

    private void CheckAdapter(RuleBook rules)
    {
        if (Adapter == AdapterForm.Reference)
        {
            rules.Require(Bands >= SpectralAdapter.MinimumBands,
                $"bands must be at least {SpectralAdapter.MinimumBands} for the reference's adapter but is {Bands}; adapter full takes any number.");
            rules.Require(WavelengthsNm is null, "wavelengths_nm belongs to adapter full; the reference's adapter does not know them.");
            return;
        }

        rules.Require(WavelengthsNm?.Count == Bands && Bands > 1,
            $"adapter full needs at least two bands and the wavelength of each; of {Bands} bands wavelengths_nm has {WavelengthsNm?.Count ?? 0}.");
        var outside = WavelengthsNm?.Where(nm => !WavelengthBasis.Covers(nm)).ToArray() ?? [];
        rules.Require(WavelengthsNm is null || WavelengthsNm.Distinct().Count() == WavelengthsNm.Count, "wavelengths_nm names a wavelength twice.");
        rules.Require(outside.Length == 0,
            $"wavelengths_nm must lie between {WavelengthBasis.FirstNm} and {WavelengthBasis.LastNm} nm but has {string.Join(", ", outside)}.");
    }
}
