using System.IO.Enumeration;

namespace SpectralEarth.Shards.Splits;

/// <summary>A split whose test is the scenes of a name; the ground that other scenes show too is left out.</summary>
internal static class NamedTest
{
    /// <summary>Tests on the scenes that <see cref="SplitOptions.TestScenes"/> names and divides the other patches into training and validation.</summary>
    /// <exception cref="ArgumentException">The name fits no scene, or all.</exception>
    /// <exception cref="DatasetException">Nothing is left on one of the sides.</exception>
    public static DatasetSplit Assign(IReadOnlyList<PatchInfo> catalog, SplitOptions options)
    {
        var names = catalog.Select(patch => patch.SceneId).Distinct().Order(StringComparer.Ordinal).ToArray();
        var named = names.Where(name => FileSystemName.MatchesSimpleExpression(options.TestScenes, name, ignoreCase: false)).ToHashSet(StringComparer.Ordinal);
        if (named.Count == 0 || named.Count == names.Length)
            throw new ArgumentException($"The name '{options.TestScenes}' fits {(named.Count == 0 ? "none" : "all")} of the {names.Length} scenes, {names[0]} for example. Name those to test on; * stands for any letters.");
        var patches = Enumerable.Range(0, catalog.Count).ToLookup(patch => named.Contains(catalog[patch].SceneId));
        var dropped = Shared(catalog, options.Ground, patches[true].ToArray(), patches[false].ToArray());
        int[] Left(bool isTest) => [.. patches[isTest].Where(patch => !dropped.Contains(catalog[patch].LocationId))];
        var (test, others) = (Left(true), Left(false));
        if (test.Length == 0 || others.Length == 0)
            throw new DatasetException($"All ground of the {(test.Length == 0 ? "scenes to test on is shown by other scenes" : "other scenes is shown by those to test on")}, too: nothing is left to {(test.Length == 0 ? "test" : "train")} on. Name other scenes.");
        var rest = SpatialSplit.Assign([.. others.Select(patch => catalog[patch])], options with
        {
            TestScenes = null,
            TestFraction = 0,
            ClassCounts = options.ClassCounts is { } counts ? [.. others.Select(patch => counts[patch])] : null,
        });
        return new DatasetSplit
        {
            Train = [.. rest.Train.Select(patch => others[patch])],
            Validation = [.. rest.Validation.Select(patch => others[patch])],
            Test = test,
            DroppedLocations = dropped.Count + rest.DroppedLocations,
        };
    }

    /// <summary>Locations with patches of both sides, and those of the other side that overlap the test.</summary>
    private static HashSet<string> Shared(IReadOnlyList<PatchInfo> catalog, PatchGround ground, int[] test, int[] others)
    {
        var tested = test.Select(patch => catalog[patch].LocationId).ToHashSet(StringComparer.Ordinal);
        var dropped = others.Select(patch => catalog[patch].LocationId).Where(tested.Contains).ToHashSet(StringComparer.Ordinal);
        var index = ground.Index<int>(catalog);
        foreach (var patch in test.Where(IsLeft).DistinctBy(patch => ground.Of(catalog[patch])))
            index.Add(ground.Of(catalog[patch]), patch);
        dropped.UnionWith(others.Where(patch => index.Overlapping(ground.Of(catalog[patch])).Any()).Select(patch => catalog[patch].LocationId));
        int[] left = [.. test.Concat(others).Where(IsLeft)];
        foreach (var (first, second) in ZoneOverlaps.Find([.. left.Select(patch => catalog[patch])], ground))
        {
            var (one, other) = (catalog[left[first]].LocationId, catalog[left[second]].LocationId);
            if (tested.Contains(one) != tested.Contains(other))
                dropped.Add(tested.Contains(one) ? other : one);
        }

        return dropped;

        bool IsLeft(int patch) => !dropped.Contains(catalog[patch].LocationId);
    }
}
