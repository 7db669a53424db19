using System.Globalization;
using System.Text;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling;

/// <summary>Everything that a run has decided before it reads the first pixel.</summary>
internal sealed class TilePlan : IDisposable
{
    /// <summary>Raised when equal options would give other bytes than before.</summary>
    private const int Version = 1;

    public TilePlan(TileOptions options)
    {
        Options = options.Validated();
        Sensor = SensorCatalog.Load(options.Sensor);
        Bands = options.Bands ?? Sensor.DefaultBands;
        Grid = new PatchGrid(options.PatchSize, options.Stride ?? options.PatchSize);
        Codec = PatchCodecs.Named(options.Codec);
        Labels = new LabelSet(options.LabelRasters, options.ClassesFile);
        OptionLines = [.. Lines()];
        OptionsChecksum = Checksum.ToText(Checksum.Of(Encoding.UTF8.GetBytes(string.Join('\n', OptionLines))));
    }

    public TileOptions Options { get; }
    public Sensor Sensor { get; }
    public IReadOnlyList<int> Bands { get; }
    public PatchGrid Grid { get; }
    public IPatchCodec Codec { get; }
    public LabelSet Labels { get; }
    public int Threads => Options.Threads > 0 ? Options.Threads : Environment.ProcessorCount;

    /// <summary>All options that the patches depend on, a line each: two runs with equal lines make equal patches of a scene.</summary>
    public IReadOnlyList<string> OptionLines { get; }
    public string OptionsChecksum { get; }

    /// <summary>Name of the wavelength arrangement of a scene.</summary>
    /// <exception cref="SceneException">A wanted band is missing, or the wavelengths are none of the sensor's.</exception>
    public string ArrangementOf(SceneMetadata metadata)
    {
        var missing = Bands.Except(metadata.Bands.Numbers).ToArray();
        if (missing.Length > 0)
            throw new SceneException($"Bands {BandNumbers.ToText(missing)} are wanted, but the product has {metadata.Bands.Count} bands. Choose other bands or leave the product out.");
        if (Sensor.ArrangementOf(metadata.Bands) is { } arrangement)
            return arrangement.Name;
        var differences = Sensor.Arrangements.Select(known => string.Create(CultureInfo.InvariantCulture,
            $"{known.Name} by up to {known.LargestDifferenceNm(metadata.Bands):0.##} nm"));
        throw new SceneException(string.Create(CultureInfo.InvariantCulture,
            $"Wavelengths differ from the arrangements of {Sensor.Descriptor.Name}: {string.Join(", ", differences)}; at most {Sensor.Descriptor.ToleranceNm} nm is allowed. Is this a product of {Sensor.Descriptor.Name}, level 2A?"));
    }

    /// <summary>True if a patch with this share of unusable pixels is left out.</summary>
    public bool HasTooMuchNoData(double share) => share > Options.MaxNoData || share == 1;

    /// <summary>True if a patch with this share of cloud among its usable pixels is left out.</summary>
    public bool IsTooCloudy(double share) => share > Options.MaxCloud;

    /// <summary>What the patches of the data set have in common.</summary>
    /// <param name="wavelengthsNm">Centre wavelengths of the first scene, nm.</param>
    public DatasetDescription Describe(IReadOnlyList<double> wavelengthsNm) => new()
    {
        Sensor = Sensor.Descriptor.Name,
        Bands = Bands,
        WavelengthsNm = wavelengthsNm,
        PatchSize = Grid.PatchSize,
        Stride = Grid.Stride,
        PixelSizeM = PatchGrid.PixelSizeM,
        Scale = Sensor.Descriptor.Scale,
        NoData = Scene.NoData,
        Codec = Options.Codec,
        Classes = Labels.Classes,
        PatchesPerShard = Options.PatchesPerShard,
    };

    public void Dispose() => Labels.Dispose();

    private IEnumerable<string> Lines() => new[]
    {
        $"version = {Version}",
        $"sensor = {Sensor.Descriptor.Name}",
        $"bands = {BandNumbers.ToText(Bands)}",
        $"patch_size = {Grid.PatchSize}",
        $"stride = {Grid.Stride}",
        string.Create(CultureInfo.InvariantCulture, $"max_nodata = {Options.MaxNoData:R}"),
        string.Create(CultureInfo.InvariantCulture, $"max_cloud = {Options.MaxCloud:R}"),
        $"codec = {Options.Codec}",
        $"patches_per_shard = {Options.PatchesPerShard}",
        TileRecord.LabelsLine(Labels.Checksums),
    }.Concat(Labels.Classes.Select(item => $"class {item.Code} = {item.Name} {item.Color}"));
}
