using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Shards.Format;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>Everything that a run has decided before it reads the first pixel.</summary>
internal sealed class TilePlan : IDisposable
{
    /// <summary>Raised when equal options would give other bytes than before.</summary>
    private const int Version = 2;

    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="SceneException">A path of a scene does not exist, or labels cannot be used.</exception>
    public TilePlan(TileOptions options, CancellationToken cancel)
    {
        Options = options.Validated();
        Sensor = SensorCatalog.Load(options.Sensor);
        Bands = options.Bands ?? Sensor.DefaultBands;
        Wavelengths = new WavelengthPlan(Sensor, Bands, options.Wavelengths);
        Grid = new PatchGrid(options.PatchSize, options.Stride ?? options.PatchSize);
        Codec = PatchCodecs.Named(options.Codec);
        Paths = SceneList.Expand(options.Scenes, Sensor.Descriptor.Products, cancel);
        Labels = new LabelSet(options.Labels, options.ClassesFile, options.LabelField);
        OptionLines = [.. Lines()];
    }

    public TileOptions Options { get; }
    public Sensor Sensor { get; }
    public IReadOnlyList<int> Bands { get; }
    public WavelengthPlan Wavelengths { get; }
    public PatchGrid Grid { get; }
    public IPatchCodec Codec { get; }
    /// <summary>All products that were named, whether they can be used or not.</summary>
    public IReadOnlyList<string> Paths { get; }
    public LabelSet Labels { get; }
    /// <summary>Memory for strips of pixels.</summary>
    public StripBuffers Buffers { get; } = new();
    /// <summary>Format of the shards.</summary>
    public ShardFormat Format => new() { Codec = Options.Codec, Bands = Bands, PatchSize = Grid.PatchSize, NoData = Scene.NoData };
    public int Threads => Options.Threads > 0 ? Options.Threads : Environment.ProcessorCount;

    /// <summary>
    /// Qualities that masks and limits ask for. The usual limits ask for none where the sensor's products have no such layers.
    /// </summary>
    public IEnumerable<PixelQuality> WantedQualities => Options.Mask.Concat(Options.MaxShares
        .Where(limit => limit.Value < 1 && (Sensor.Descriptor.Products == ProductForm.EnmapL2a || limit.Value != TileOptions.UsualMaxShares.GetValueOrDefault(limit.Key, 1)))
        .Select(limit => limit.Key)).Distinct();

    /// <summary>All options that the patches depend on, a line each: two runs with equal lines make equal patches of a scene.</summary>
    public IReadOnlyList<string> OptionLines { get; }

    /// <summary>Checksum of the options and of the state of a scene's files: where it is equal, so are the patches.</summary>
    public string ChecksumOf(Scene scene) =>
        Checksum.OfText(string.Join('\n', OptionLines.Append(FileState.Of(scene.Files.Order(StringComparer.Ordinal)))));

    /// <summary>Opens a product, or the image of a sensor whose products are GeoTIFFs.</summary>
    /// <exception cref="SceneException">It cannot be used.</exception>
    public Scene Open(string path)
    {
        var scene = SceneList.Open(path, Sensor);
        if (scene.Metadata.StartTime != SensorImage.UnknownTime)
            return scene;
        scene.Dispose();
        throw new SceneException($"{path}: the name does not tell when the image was taken, by which the dates of a location are ordered. Put the time into it, for example {System.IO.Path.GetFileNameWithoutExtension(path)}-20220724T104526.tif.");
    }

    /// <summary>True if a patch with this share of unusable pixels is left out.</summary>
    public bool HasTooMuchNoData(double share) => share > Options.MaxNoData || share == 1;

    /// <summary>What the patches of the data set have in common.</summary>
    /// <param name="wavelengthsNm">Centre wavelengths of the first scene, nm.</param>
    public DatasetManifest Describe(IReadOnlyList<double> wavelengthsNm) => new()
    {
        Sensor = Sensor.Descriptor.Name,
        Bands = Bands,
        WavelengthsNm = Wavelengths.CommonNm ?? wavelengthsNm,
        PatchSize = Grid.PatchSize,
        Stride = Grid.Stride,
        PixelSizeM = PatchGrid.PixelSizeM,
        Scale = Sensor.Descriptor.Scale,
        NoData = Scene.NoData,
        Patches = 0,
        Codec = Options.Codec,
        Classes = Labels.Classes,
        Statistics = [],
        Fingerprint = "",
    };

    public void Dispose() => Labels.Dispose();

    private IEnumerable<string> Lines() =>
    [
        $"version = {Version}",
        $"sensor = {Sensor.Descriptor.Name}",
        $"bands = {BandNumbers.ToText(Bands)}",
        $"wavelengths = {Options.Wavelengths}",
        $"resample_nearest = {Options.ResampleNearest}",
        $"patch_size = {Grid.PatchSize}",
        $"stride = {Grid.Stride}",
        string.Create(CultureInfo.InvariantCulture, $"max_nodata = {Options.MaxNoData:R}"),
        .. Options.MaxShares.Where(limit => limit.Value < 1).OrderBy(limit => limit.Key)
            .Select(limit => string.Create(CultureInfo.InvariantCulture, $"max_{QualityNames.Of(limit.Key)} = {limit.Value:R}")),
        $"mask = {string.Join(' ', Options.Mask.Distinct().Order().Select(QualityNames.Of))}",
        $"codec = {Options.Codec}",
        $"patches_per_shard = {Options.PatchesPerShard}",
        TileRecord.LabelsLine(Labels.Checksums),
        .. Labels.HasPolygons ? [$"label_field = {Options.LabelField}"] : Array.Empty<string>(),
        .. Labels.Classes.Select(item => $"class {item.Code} = {item.Name} {item.Color}"),
    ];
}
