using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;

namespace SpectralEarth.Tiling.Importing;

/// <summary>
/// Published lists of the patches to train, validate and test on: files train, val (or validation) and test, .txt or .csv,
/// with a path on each line that ends in PATCH/SCENE.tif or names HySpecNet's PATCH-DATA.npy.
/// </summary>
internal sealed class SplitLists
{
    private const string HySpecNetData = "-DATA.npy";
    private static readonly string[][] Names = [["train"], ["val", "validation"], ["test"]];
    private static readonly string[] Endings = [".txt", ".csv"];

    private readonly Dictionary<string, (int Part, string List)> parts = new(StringComparer.Ordinal);

    /// <summary>Reads the lists of a folder.</summary>
    /// <exception cref="SceneException">There is none, or a location stands in two of them.</exception>
    public SplitLists(string folder)
    {
        for (var part = 0; part < Names.Length; part++)
        {
            var files = (from name in Names[part] from ending in Endings let path = Path.Combine(folder, name + ending) where File.Exists(path) select path).ToArray();
            if (files.Length > 1)
                throw new SceneException($"{folder}: both {string.Join(" and ", files.Select(Path.GetFileName))} are there; expected one of them.");
            foreach (var list in files)
                Add(list, part);
        }

        if (parts.Count == 0)
            throw new SceneException($"{folder}: holds no lists. Expected train.txt, val.txt and test.txt, or .csv.");
    }

    /// <summary>Locations that the lists name.</summary>
    public IEnumerable<string> Locations => parts.Keys;

    /// <summary>The list that names a location.</summary>
    public string ListOf(string location) => parts[location].List;

    /// <summary>The split of a catalog; patches that no list names are dropped.</summary>
    public DatasetSplit Of(IReadOnlyList<PatchInfo> catalog)
    {
        var members = new List<int>[] { [], [], [] };
        var dropped = new HashSet<string>(StringComparer.Ordinal);
        for (var patch = 0; patch < catalog.Count; patch++)
        {
            if (parts.TryGetValue(catalog[patch].LocationId, out var found))
                members[found.Part].Add(patch);
            else
                dropped.Add(catalog[patch].LocationId);
        }

        return new DatasetSplit { Train = members[0], Validation = members[1], Test = members[2], DroppedLocations = dropped.Count };
    }

    private void Add(string list, int part)
    {
        foreach (var line in File.ReadLines(list).Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            var location = LocationOf(line);
            if (!parts.TryAdd(location, (part, list)) && parts[location].Part != part)
                throw new SceneException($"{list}: names {location}, which stands in {parts[location].List}, too: what is trained on would be tested on. Correct the lists.");
        }
    }

    private static string LocationOf(string line)
    {
        var names = line.Replace('\\', '/').Split('/');
        return names[^1].EndsWith(HySpecNetData, StringComparison.OrdinalIgnoreCase) ? names[^1][..^HySpecNetData.Length] : names.Length > 1 ? names[^2] : names[0];
    }
}
