using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;
using SpectralEarth.Shards.Format;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Tiling.Importing;

/// <summary>Everything that an import has decided before it reads the first pixel.</summary>
internal sealed class ImportPlan
{
    private const int Version = 2, UsualPatchSize = 128;

    public ImportPlan(ImportOptions options)
    {
        Options = options.Validated();
        var task = options.Task is { } name ? TaskDescriptor.Load(name) : null;
        Sensor = SensorCatalog.Load(task?.Sensor ?? options.Sensor);
        PatchSize = options.PatchSize ?? task?.PatchSize ?? UsualPatchSize;
        Classes = LabelCodes.Classes(task);
        LabelsComplete = task?.Type == TaskType.MultiLabel;
        Codes = LabelCodes.Of(task);
        Targets = task?.Type == TaskType.Regression ? new TargetTables(task.Targets) : null;
        Splits = options.Splits is { } splits ? new SplitLists(splits, Targets) : null;
        if (Targets is not null && Splits is null)
            throw new ArgumentException($"The numbers of {task!.Name} stand in the tables of its splits: name the folder with train.csv and val.csv (--splits).");
        Sources = SourceFolder.Find(options.Layout, options.Folder, Sensor, task);
        OptionLines =
        [
            $"version = {Version}",
            $"layout = {options.Layout}",
            $"sensor = {Sensor.Descriptor.Name}",
            $"task = {task?.Name}",
            $"patch_size = {PatchSize}",
            $"codec = {options.Codec}",
            $"patches_per_shard = {options.PatchesPerShard}",
            $"files = {Checksum.OfText(string.Join('\n', Sources.Select(source => $"{source.LocationId}/{source.SceneId}")))}",
        ];
        if (task is not null)
            OptionLines = [.. OptionLines, $"classes = {Checksum.OfText(LabelCodes.Text(task))}"];
        if (Targets is not null)
            OptionLines = [.. OptionLines, $"targets = {Checksum.OfText(Targets.Text)}"];
        OptionsChecksum = Checksum.OfText(string.Join('\n', OptionLines));
        Content = ChecksumOf(Sources);
    }

    public ImportOptions Options { get; }
    public Sensor Sensor { get; }
    /// <summary>Side of a patch, pixels.</summary>
    public int PatchSize { get; }
    public IReadOnlyList<LabelClass> Classes { get; }
    /// <summary>Whether pixels of no class are known to have none: where the task asks which classes a patch has.</summary>
    public bool LabelsComplete { get; }
    /// <summary>Label code in the data set by code in the rasters.</summary>
    public IReadOnlyDictionary<long, byte> Codes { get; }
    public SplitLists? Splits { get; }
    /// <summary>Numbers of a regression; null for other tasks.</summary>
    public TargetTables? Targets { get; }
    /// <summary>Patches in catalog order.</summary>
    public IReadOnlyList<SourcePatch> Sources { get; }
    /// <summary>All options that the patches depend on, a line each. Files are told by location and scene, wherever their folder lies or is mounted.</summary>
    public IReadOnlyList<string> OptionLines { get; }
    public string OptionsChecksum { get; }
    /// <summary><see cref="ChecksumOf"/> all patches, of the time when the import began.</summary>
    public string Content { get; }
    public int Threads => Options.Threads > 0 ? Options.Threads : Environment.ProcessorCount;
    public IPatchCodec Codec => PatchCodecs.Named(Options.Codec);
    public IReadOnlyList<int> Bands => Sensor.DefaultBands;

    /// <summary>Format of the shards.</summary>
    public ShardFormat Format => new() { Codec = Options.Codec, Bands = Bands, PatchSize = PatchSize, NoData = Scene.NoData };

    /// <summary>Checksum of the options and of the state of files: where it is equal, so are the patches.</summary>
    public string ChecksumOf(IEnumerable<SourcePatch> sources) =>
        Checksum.OfText(string.Join('\n', sources.Select(source => source.State).Prepend(OptionsChecksum)));

    /// <summary>What the patches of the data set have in common; its wavelengths are those of the earliest patch.</summary>
    /// <param name="catalog">The patches.</param>
    public DatasetManifest Describe(IReadOnlyList<PatchInfo> catalog) => new()
    {
        Sensor = Sensor.Descriptor.Name,
        Bands = Bands,
        WavelengthsNm = Sensor.WavelengthsNm(catalog.MinBy(info => (info.Time, info.SceneId))!.Arrangement, Bands),
        PatchSize = PatchSize,
        Stride = PatchSize,
        PixelSizeM = Sensor.Descriptor.PixelSizeM,
        Scale = Sensor.Descriptor.Scale,
        NoData = Scene.NoData,
        Patches = 0,
        Codec = Options.Codec,
        Classes = Classes,
        LabelsComplete = LabelsComplete,
        Statistics = [],
        Fingerprint = "",
    };
}
