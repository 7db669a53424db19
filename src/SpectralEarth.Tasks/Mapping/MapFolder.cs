using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Products;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;
using SpectralEarth.Training.Runs;
using static TorchSharp.torch;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>
/// Maps many scenes into one folder, each under its own name; what was finished before is left alone. Products are told apart by their names,
/// images by their paths: an image that changed since is mapped again.
/// </summary>
/// <param name="checkpoint">Fine-tuning run folder or .safetensors file.</param>
/// <param name="device">Where the network runs.</param>
/// <param name="options">How to map.</param>
public sealed class MapFolder(string checkpoint, Device device, MapOptions options)
{
    private const string RecordName = "predict.yaml";

    /// <summary>
    /// Maps scenes one after the other. A scene that cannot be mapped goes to rejected.csv with the reason, and the rest goes on.
    /// The same call after an interruption goes on with the first unfinished scene.
    /// </summary>
    /// <param name="scenes">Products, folders, patterns and lists, as <see cref="SceneList"/> takes them.</param>
    /// <param name="sensor">Sensor of the scenes.</param>
    /// <param name="folder">Where the maps go; made where it is missing.</param>
    /// <param name="progress">Told after each row of windows.</param>
    /// <param name="cancel">Stops between batches of windows; finished maps are kept.</param>
    /// <exception cref="Checkpoints.CheckpointException">The checkpoint cannot be used.</exception>
    /// <exception cref="SceneException">A path does not exist.</exception>
    /// <exception cref="DivergedNetworkException">The network answers no numbers, whatever the scene.</exception>
    /// <exception cref="IOException">The folder holds maps of another network or other options, or a file cannot be written.</exception>
    public MapFolderReport Map(
        IReadOnlyList<string> scenes, Sensor sensor, string folder, IProgress<MapProgress>? progress = null, CancellationToken cancel = default)
    {
        var paths = SceneList.Expand(scenes, sensor.Descriptor.Products, cancel);
        Directory.CreateDirectory(folder);
        Claim(folder);
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var maps = new List<(string SceneId, MapReport Map)>();
        var rejected = new List<RejectedScene>();
        for (var index = 0; index < paths.Count; index++)
        {
            try
            {
                using var scene = SceneList.Open(paths[index], sensor);
                var id = scene.Metadata.SceneId;
                if (scene.IsProduct && !known.TryAdd(id, paths[index]))
                    throw new SceneException($"The same product as {known[id]}. Name it once.");
                var source = scene.IsProduct ? null : MapSource.Of(scene.Files[0]);
                var target = source is null ? Path.Combine(folder, FileNames.Safe(id) + ".tif") : MapSource.Target(folder, id, source.Image);
                var files = MapFiles.Beside(target, options);
                if (files.All.Concat(files.LeftOver()).FirstOrDefault(paths.Contains) is { } replaced)
                    throw new SceneException($"Its map would replace {replaced}, a scene. Choose another --out.");
                if (File.Exists(files.Areas) && (source is null || source == MapSource.Beside(target)))
                    continue;
                maps.Add((id, SceneMapper.Map(checkpoint, device, options, scene, target, new SceneProgress(progress, index + 1, paths.Count), cancel)));
                source?.Write(target);
            }
            catch (Exception e) when (e is SceneException or BandMismatchException)
            {
                rejected.Add(new RejectedScene { Path = paths[index], Reason = e.Message });
            }
        }

        RejectedScene.WriteTable(folder, rejected);
        return new MapFolderReport(maps, paths.Count - maps.Count - rejected.Count, rejected);
    }

    /// <summary>Finds out whether maps in the folder were made in the same way, and writes down how they are made.</summary>
    private void Claim(string folder)
    {
        using var network = TrainedSegmentation.Open(checkpoint, device);
        var path = Path.Combine(folder, RecordName);
        var now = new MapRecord
        {
            NetworkChecksum = Checksum.ToText(Checksum.OfFile(network.Path)),
            Overlap = options.Overlap,
            TestTimeAugmentation = options.TestTimeAugmentation ?? network.TestedWithAugmentation,
            Probabilities = options.Probabilities,
            Uncertainty = options.Uncertainty,
        };
        if (File.Exists(path) && RecipeFile.Read<MapRecord>(path) is var then && then != now)
            throw new IOException($"{path}: the maps in this folder were made otherwise:\n{string.Join("\n", RecipeDifference.Between(then, now).Select(difference => "  - " + difference.Text))}\nChoose another folder, or the options of then.");
        AtomicFile.WriteText(path, RecipeFile.ToYaml(now));
    }

    private sealed class SceneProgress(IProgress<MapProgress>? all, int scene, int scenes) : IProgress<double>
    {
        public void Report(double value) => all?.Report(new MapProgress(scene, scenes, value));
    }
}

/// <summary>What a call of <see cref="MapFolder.Map"/> did.</summary>
/// <param name="Maps">Maps that it made, by scene.</param>
/// <param name="FinishedBefore">Scenes whose maps were there already.</param>
/// <param name="Rejected">Scenes that could not be mapped.</param>
public sealed record MapFolderReport(IReadOnlyList<(string SceneId, MapReport Map)> Maps, int FinishedBefore, IReadOnlyList<RejectedScene> Rejected);

/// <summary>State of a call of <see cref="MapFolder.Map"/>.</summary>
/// <param name="Scene">Scene in work, 1-based.</param>
/// <param name="Scenes">Scenes to map.</param>
/// <param name="Done">Share of the scene that is done, 0 to 1.</param>
public readonly record struct MapProgress(int Scene, int Scenes, double Done);

/// <summary>Contents of predict.yaml: how the maps of a folder are made.</summary>
internal sealed record MapRecord
{
    public required string NetworkChecksum { get; init; }
    public required double Overlap { get; init; }
    public required bool TestTimeAugmentation { get; init; }
    public required bool Probabilities { get; init; }
    public required bool Uncertainty { get; init; }
}
