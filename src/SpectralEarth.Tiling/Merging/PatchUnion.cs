using System.Globalization;
using SpectralEarth.Scenes.Products;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling.Merging;

/// <summary>The patches of several data sets, each once.</summary>
internal sealed class PatchUnion
{
    private const int MostNamed = 5;

    private readonly Dictionary<PatchInfo, (Dataset Dataset, int Row)> sources = new(ReferenceEqualityComparer.Instance);
    private readonly List<PatchInfo> patches = [];
    private readonly Dictionary<PatchInfo, List<(Dataset Dataset, int Row)>> duplicates = new(ReferenceEqualityComparer.Instance);
    private readonly List<(Dataset Dataset, int Row)> outdated = [];

    /// <summary>Patches in order of the data sets.</summary>
    public IReadOnlyList<PatchInfo> Patches => patches;

    /// <summary>Patches that several data sets hold, with the number of data sets besides the first.</summary>
    public IEnumerable<(PatchInfo Info, int Duplicates)> Repeated => duplicates.Select(patch => (patch.Key, patch.Value.Count));

    /// <summary>Scenes that are left out, by name, and the newer processing of the same acquisition that is kept.</summary>
    public required IReadOnlyDictionary<string, string> Superseded { get; init; }

    /// <summary>Rows of data sets with patches of such scenes.</summary>
    public IReadOnlyList<(Dataset Dataset, int Row)> Outdated => outdated;

    /// <summary>Data set and catalog row of a patch.</summary>
    public (Dataset Dataset, int Row) SourceOf(PatchInfo info) => sources[info];

    /// <summary>Data sets and catalog rows of all copies of a patch, in order of the data sets.</summary>
    public IReadOnlyList<(Dataset Dataset, int Row)> CopiesOf(PatchInfo info) =>
        duplicates.TryGetValue(info, out var others) ? [sources[info], .. others] : [sources[info]];

    /// <summary>Gathers the patches.</summary>
    /// <exception cref="DatasetException">A scene shows a location otherwise in two data sets, or with other targets.</exception>
    public static PatchUnion Of(IReadOnlyList<Dataset> datasets)
    {
        var union = new PatchUnion { Superseded = OlderProcessings(datasets) };
        var seen = new Dictionary<(string, string), PatchInfo>();
        var conflicts = new List<string>();
        foreach (var dataset in datasets)
        {
            for (var row = 0; row < dataset.Catalog.Count; row++)
            {
                var info = dataset.Catalog[row];
                if (union.Superseded.ContainsKey(info.SceneId))
                {
                    union.outdated.Add((dataset, row));
                    continue;
                }

                if (seen.TryAdd((info.LocationId, info.SceneId), info))
                {
                    union.patches.Add(info);
                    union.sources.Add(info, (dataset, row));
                    continue;
                }

                var held = seen[(info.LocationId, info.SceneId)];
                if (Differences(held, info) is { } differences)
                {
                    conflicts.Add($"location {info.LocationId} of scene {info.SceneId} in {union.SourceOf(held).Dataset.Path} and {dataset.Path} ({differences})");
                    continue;
                }

                if (!union.duplicates.TryGetValue(held, out var others))
                    union.duplicates.Add(held, others = []);
                others.Add((dataset, row));
            }
        }

        if (conflicts.Count > 0)
            throw new DatasetException($"{conflicts.Count} patches have other pixels, validity, labels or targets in another data set: {string.Join("; ", conflicts.Take(MostNamed))}{(conflicts.Count > MostNamed ? "; ..." : "")}. Were the scenes processed anew, or labelled or measured otherwise? Leave one of the data sets out, or tile its scenes again.");
        return union;
    }

    /// <summary>What differs between two copies of a patch; null if they are equal.</summary>
    private static string? Differences(PatchInfo held, PatchInfo info)
    {
        var targets = held.Targets.Zip(info.Targets).Where(pair => pair.First != pair.Second)
            .Select(pair => string.Create(CultureInfo.InvariantCulture, $"target {pair.First.Name}: {pair.First.Value:R} and {pair.Second.Value:R}"));
        string[] differences = [.. held.Checksum == info.Checksum ? Array.Empty<string>() : ["pixels, validity or labels"], .. targets];
        return differences.Length == 0 ? null : string.Join(", ", differences);
    }

    private static SortedDictionary<string, string> OlderProcessings(IReadOnlyList<Dataset> datasets)
    {
        var older = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var names = datasets.SelectMany(dataset => dataset.Catalog).Select(info => info.SceneId).Distinct().Order(StringComparer.Ordinal);
        foreach (var processings in names.GroupBy(ProductName.AcquisitionOf, StringComparer.Ordinal).Select(group => group.ToArray()))
            foreach (var name in processings[..^1])
                older.Add(name, processings[^1]);
        return older;
    }
}
