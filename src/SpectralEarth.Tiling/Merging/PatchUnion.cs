using SpectralEarth.Shards;

namespace SpectralEarth.Tiling.Merging;

/// <summary>The patches of several data sets, each once.</summary>
internal sealed class PatchUnion
{
    private const int MostNamed = 5;

    private readonly Dictionary<PatchInfo, (Dataset Dataset, int Row)> sources = new(ReferenceEqualityComparer.Instance);
    private readonly List<PatchInfo> patches = [];
    private readonly List<(Dataset Dataset, int Row)> duplicates = [];

    /// <summary>Patches in order of the data sets.</summary>
    public IReadOnlyList<PatchInfo> Patches => patches;

    /// <summary>Rows of data sets whose patch an earlier data set holds.</summary>
    public IReadOnlyList<(Dataset Dataset, int Row)> Duplicates => duplicates;

    /// <summary>Data set and catalog row of a patch.</summary>
    public (Dataset Dataset, int Row) SourceOf(PatchInfo info) => sources[info];

    /// <summary>Gathers the patches.</summary>
    /// <exception cref="DatasetException">A scene shows a location otherwise in two data sets.</exception>
    public static PatchUnion Of(IReadOnlyList<Dataset> datasets)
    {
        var union = new PatchUnion();
        var seen = new Dictionary<(string, string), PatchInfo>();
        var conflicts = new List<string>();
        foreach (var dataset in datasets)
        {
            for (var row = 0; row < dataset.Catalog.Count; row++)
            {
                var info = dataset.Catalog[row];
                if (seen.TryAdd((info.LocationId, info.SceneId), info))
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
}
