using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Labels;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling;

/// <summary>What to tile and how.</summary>
public sealed record TileOptions
{
    /// <summary>Limits unless others are named.</summary>
    internal static readonly IReadOnlyDictionary<PixelQuality, double> UsualMaxShares = new Dictionary<PixelQuality, double> { [PixelQuality.Cloud] = 0.1 };

    /// <summary>Product folders, METADATA.XML files, archives, images of other sensors, folders that contain any of these at any depth, patterns, and lists (.txt) of all of these.</summary>
    public required IReadOnlyList<string> Scenes { get; init; }
    /// <summary>Folder of the data set.</summary>
    public required string Output { get; init; }
    /// <summary>Label rasters, of which each scene takes those on its pixels, and files of polygons, which are drawn onto it. Empty for a data set without labels.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
    /// <summary>Property or column of polygons that holds the code or name of their class.</summary>
    public string LabelField { get; init; } = PolygonFile.UsualField;
    /// <summary>YAML file with a list <c>classes</c> of code, name and color; null to take the codes found, with the names and colours that rasters bring, else "class 1", ...</summary>
    public string? ClassesFile { get; init; }
    /// <summary>Side of a patch, pixels.</summary>
    public int PatchSize { get; init; } = 128;
    /// <summary>Distance of neighbouring locations, pixels; null for the patch size.</summary>
    public int? Stride { get; init; }
    /// <summary>Largest share of unusable pixels in a patch, 0 to 1.</summary>
    public double MaxNoData { get; init; } = 0.5;
    /// <summary>Largest share of a quality among a patch's pixels with data, 0 to 1; qualities that are not named have no limit.</summary>
    public IReadOnlyDictionary<PixelQuality, double> MaxShares { get; init; } = UsualMaxShares;
    /// <summary>Qualities that make a pixel unusable in the stored validity, so that statistics, losses and scores skip it.</summary>
    public IReadOnlyList<PixelQuality> Mask { get; init; } = [];
    /// <summary>1-based numbers of the bands to keep, in channel order; null for the sensor's default, 202 bands of EnMAP.</summary>
    public IReadOnlyList<int>? Bands { get; init; }
    /// <summary>Whether bands are kept by number or mapped onto the wavelengths of the sensor's descriptor.</summary>
    public WavelengthMode Wavelengths { get; init; }
    /// <summary>True to move scenes off EnMAP's pixel grid onto it, by half a pixel at most: each pixel of the grid takes the nearest one of the scene.</summary>
    public bool ResampleNearest { get; init; }
    /// <summary>Sensor, a folder of datasets/.</summary>
    public string Sensor { get; init; } = "enmap";
    /// <summary>Codec of the pixels.</summary>
    public string Codec { get; init; } = PatchCodecs.Default;
    /// <summary>Patches of a full shard.</summary>
    internal int PatchesPerShard { get; init; } = DatasetParts.UsualPatchesPerShard;
    /// <summary>Threads; 0 for one per processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Returns these options if they can be carried out.</summary>
    /// <exception cref="ArgumentException">Lists all broken rules.</exception>
    /// <exception cref="Recipes.RecipeException">Bands are named of a sensor that there is not.</exception>
    public TileOptions Validated()
    {
        List<string> broken = [];
        Require(Scenes.Count > 0, "Name at least one scene.");
        Require(Output.Length > 0, "Name the folder of the data set.");
        Require(PatchSize is >= 8 and <= 1024, $"The patch size must lie in 8 to 1024 but is {PatchSize}.");
        Require(Stride is null or (>= 1 and <= 4096), $"The stride must lie in 1 to 4096 but is {Stride}.");
        Require(MaxNoData is >= 0 and <= 1, $"The largest no-data share must lie in 0 to 1 but is {MaxNoData}.");
        foreach (var (quality, share) in MaxShares)
            Require(share is >= 0 and <= 1, $"The largest {QualityNames.Of(quality)} share must lie in 0 to 1 but is {share}.");
        Require(Bands is null or { Count: > 0 }, "Keep at least one band.");
        int[] unknown = Bands is null ? [] : [.. Bands.Except(SensorCatalog.Load(Sensor).Bands.Numbers)];
        Require(unknown.Length == 0, $"Bands {BandNumbers.ToText(unknown)} are wanted, but the sensor '{Sensor}' has none of these numbers.");
        Require(Threads >= 0, $"The number of threads must be 0 or more but is {Threads}.");
        Require(PatchCodecs.Names.Contains(Codec), $"The codec must be one of {string.Join(", ", PatchCodecs.Names)} but is '{Codec}'.");
        Require(ClassesFile is null || Labels.Count > 0, "A class file needs labels: name those of the scenes with --labels, or leave --classes out.");
        return broken.Count == 0 ? this : throw new ArgumentException(string.Join(" ", broken));

        void Require(bool holds, string message)
        {
            if (!holds)
                broken.Add(message);
        }
    }
}
