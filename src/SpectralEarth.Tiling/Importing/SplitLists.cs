using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Storage;

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
    private readonly List<string> order = [];

    /// <summary>Reads the lists of a folder.</summary>
    /// <param name="folder">Folder.</param>
    /// <param name="targets">Receives the numbers where the lists are tables of a regression; null for plain lists.</param>
    /// <exception cref="SceneException">There is none, or a location stands in two of them.</exception>
    /// <exception cref="FormatException">A table is no CSV.</exception>
    public SplitLists(string folder, TargetTables? targets)
    {
        for (var part = 0; part < Names.Length; part++)
        {
            var files = (from name in Names[part] from ending in Endings let path = Path.Combine(folder, name + ending) where File.Exists(path) select path).ToArray();
            if (files.Length > 1)
                throw new SceneException($"{folder}: both {string.Join(" and ", files.Select(Path.GetFileName))} are there; expected one of them.");
            foreach (var list in files)
                Add(list, part, targets?.Add(list) ?? [.. File.ReadLines(list).Select(line => line.Trim()).Where(line => line.Length > 0).Select(LocationOf)]);
        }

        if (parts.Count == 0)
            throw new SceneException($"{folder}: holds no lists. Expected train.txt, val.txt and test.txt, or .csv.");
    }

    /// <summary>Locations that the lists name.</summary>
    public IReadOnlyList<string> Locations => order;

    /// <summary>Checksum of the parts of all locations, in the order of the lists.</summary>
    public string PartsChecksum => Checksum.OfText(string.Join('\n', order.Select(location => $"{parts[location].Part} {location}")));

    /// <summary>The list that names a location.</summary>
    public string ListOf(string location) => parts[location].List;

    /// <summary>The split of a catalog, in the order of the lists; patches that no list names are dropped.</summary>
    public DatasetSplit Of(IReadOnlyList<PatchInfo> catalog)
    {
        var members = new List<int>[] { [], [], [] };
        var patches = Enumerable.Range(0, catalog.Count).ToLookup(patch => catalog[patch].LocationId, StringComparer.Ordinal);
        foreach (var location in order)
            members[parts[location].Part].AddRange(patches[location]);
        return new DatasetSplit
        {
            Train = members[0],
            Validation = members[1],
            Test = members[2],
            DroppedLocations = patches.Count(location => !parts.ContainsKey(location.Key)),
        };
    }

    private void Add(string list, int part, IReadOnlyList<string> locations)
    {
        foreach (var location in locations)
        {
            if (parts.TryAdd(location, (part, list)))
                order.Add(location);
            else if (parts[location].Part != part)
                throw new SceneException($"{list}: names {location}, which stands in {parts[location].List}, too: what is trained on would be tested on. Correct the lists.");
        }
    }

    private static string LocationOf(string line)
    {
        var names = line.Replace('\\', '/').Split('/');
        return names[^1].EndsWith(HySpecNetData, StringComparison.OrdinalIgnoreCase) ? names[^1][..^HySpecNetData.Length] : names.Length > 1 ? names[^2] : names[0];
    }
}
