using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling;

/// <summary>Contents of tile.yaml: how a data set was made.</summary>
internal sealed record TileRecord
{
    /// <summary>File name in a data set.</summary>
    public const string FileName = "tile.yaml";

    private const string LabelsKey = "labels = ";
    private const string PatchesPerShardKey = "patches_per_shard = ";

    public required IReadOnlyList<string> Options { get; init; }
    /// <summary>Names of all scenes that were tiled, in order.</summary>
    public required IReadOnlyList<string> Scenes { get; init; }
    public required IReadOnlyList<RejectedScene> Rejected { get; init; }
    public required int Patches { get; init; }
    public required int SkippedNoData { get; init; }
    public required int SkippedCloud { get; init; }
    public int SkippedOther { get; init; }

    /// <summary>Patches of a full shard by the options.</summary>
    public int GetPatchesPerShard() => int.Parse(
        Options.First(line => line.StartsWith(PatchesPerShardKey, StringComparison.Ordinal)).AsSpan(PatchesPerShardKey.Length), CultureInfo.InvariantCulture);

    /// <summary>The record of a data set of these scenes.</summary>
    public static TileRecord Of(IReadOnlyList<string> options, IReadOnlyList<SceneRecord> scenes, IEnumerable<RejectedScene> rejected, int patches) => new()
    {
        Options = options,
        Scenes = [.. scenes.Select(scene => scene.SceneId)],
        Rejected = [.. rejected.OrderBy(scene => scene.Path, StringComparer.Ordinal)],
        Patches = patches,
        SkippedNoData = scenes.Sum(scene => scene.SkippedNoData),
        SkippedCloud = scenes.Sum(scene => scene.SkippedCloud),
        SkippedOther = scenes.Sum(scene => scene.SkippedOther),
    };

    /// <summary>What differs between two sets of options, label rasters left out: these belong to scenes, not to the data set.</summary>
    public static IReadOnlyList<string> Differences(IReadOnlyList<string> then, IReadOnlyList<string> now)
    {
        var (before, after) = (then.Where(IsGeneral).ToArray(), now.Where(IsGeneral).ToArray());
        return [.. after.Except(before).Select(line => $"now {line}"), .. before.Except(after).Select(line => $"then {line}")];
    }

    /// <summary>The first differences between two sets of options, for a message; other label files count too.</summary>
    public static string DifferencesText(IReadOnlyList<string> then, IReadOnlyList<string> now)
    {
        var hasOtherLabels = !then.Where(line => !IsGeneral(line)).SequenceEqual(now.Where(line => !IsGeneral(line)));
        return FirstOf([.. hasOtherLabels ? ["other label files"] : Array.Empty<string>(), .. Differences(then, now)]);
    }

    /// <summary>The first of several differences, for a message.</summary>
    public static string FirstOf(IReadOnlyList<string> differences)
    {
        const int told = 6;
        return $"{string.Join("; ", differences.Take(told))}{(differences.Count > told ? "; ..." : "")}";
    }

    /// <summary>Checksums of the label rasters among options.</summary>
    public static IReadOnlyList<string> LabelsOf(IReadOnlyList<string> options) =>
        options.First(line => !IsGeneral(line))[LabelsKey.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The options with the label rasters of <paramref name="others"/> too.</summary>
    public static IReadOnlyList<string> WithLabelsOf(IReadOnlyList<string> options, IReadOnlyList<string> others)
    {
        var labels = LabelsOf(options).Union(LabelsOf(others)).Order(StringComparer.Ordinal);
        return [.. options.Select(line => IsGeneral(line) ? line : LabelsLine(labels))];
    }

    /// <summary>The line of options that names the label rasters.</summary>
    public static string LabelsLine(IEnumerable<string> checksums) => LabelsKey + string.Join(' ', checksums);

    private static bool IsGeneral(string line) => !line.StartsWith(LabelsKey, StringComparison.Ordinal);
}
