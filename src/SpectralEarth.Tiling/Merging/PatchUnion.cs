using SpectralEarth.Scenes.Products;
using SpectralEarth.Shards;

namespace SpectralEarth.Tiling.Merging;

/// <summary>The patches of several data sets, each once.</summary>
internal sealed class PatchUnion
{
    private const int MostNamed = 5;

    private readonly Dictionary<PatchInfo, (Dataset Dataset, int Row)> sources = new(ReferenceEqualityComparer.Instance);
    private readonly List<PatchInfo> patches = [];
    private readonly List<(Dataset Dataset, int Row)> duplicates = [], outdated = [];

    /// <summary>Patches in order of the data sets.</summary>
    public IReadOnlyList<PatchInfo> Patches => patches;

    /// <summary>Rows of data sets whose patch an earlier data set holds.</summary>
    public IReadOnlyList<(Dataset Dataset, int Row)> Duplicates => duplicates;

    /// <summary>Scenes that are left out, by name, and the newer processing of the same acquisition that is kept.</summary>
    public required IReadOnlyDictionary<string, string> Superseded { get; init; }

    /// <summary>Rows of data sets with patches of such scenes.</summary>
    public IReadOnlyList<(Dataset Dataset, int Row)> Outdated => outdated;

    /// <summary>Data set and catalog row of a patch.</summary>
    public (Dataset Dataset, int Row) SourceOf(PatchInfo info) => sources[info];

    /// <summary>Gathers the patches.</summary>
    /// <exception cref="DatasetException">A scene shows a location otherwise in two data sets.</exception>
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
                }
                else if (seen.TryAdd((info.LocationId, info.SceneId), info))
                {
                    union.patches.Add(info);
                    union.sources.Add(info, (dataset, row));
                }
                else if (seen[(info.LocationId, info.SceneId)] is var held && held.Checksum == info.Checksum)
                {
                    union.duplicates.Add((dataset, row));
                }
                else
                {
                    conflicts.Add($"location {info.LocationId} of scene {info.SceneId} in {union.SourceOf(held).Dataset.Path} and {dataset.Path}");
                }
            }
        }

        if (conflicts.Count > 0)
            throw new DatasetException($"{conflicts.Count} patches have other pixels, validity or labels in another data set: {string.Join("; ", conflicts.Take(MostNamed))}{(conflicts.Count > MostNamed ? "; ..." : "")}. Were the scenes processed anew or labelled otherwise? Leave one of the data sets out, or tile its scenes again.");
        return union;
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
