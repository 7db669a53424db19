using System.Text;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Splits;

/// <summary>
/// split.csv: the part of every location of a data set (train, validation, test, or dropped). Locations have parts, not
/// patches, so all dates of a place share one. The order of the lines is kept: draws of published subsets depend on it.
/// </summary>
public static class SplitFile
{
    /// <summary>Usual file name, beside the catalog.</summary>
    public const string FileName = "split.csv";

    private const string Header = "location_id,part";
    private const string Dropped = "dropped";
    private static readonly string[] Names = ["train", "validation", "test"];

    /// <summary>Writes the file atomically; makes its folder if need be.</summary>
    /// <exception cref="DatasetException">The file is one of the data set's own.</exception>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void Write(string path, Dataset dataset, DatasetSplit split)
    {
        dataset.RequireForeign(path);
        Write(path, dataset.Catalog, split);
    }

    /// <summary>The same, but replaces no file that says otherwise: runs may go by it, and published splits exist once.</summary>
    /// <exception cref="DatasetException">The file is one of the data set's own, or holds something else.</exception>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void Keep(string path, Dataset dataset, DatasetSplit split)
    {
        dataset.RequireForeign(path);
        if (File.Exists(path) && File.ReadAllText(path) != Text(dataset.Catalog, split))
            throw new DatasetException($"{path}: there is another split already, by which runs may go. Name another file with --out, or move this one away.");
        Write(path, dataset.Catalog, split);
    }

    /// <summary>The same for a catalog whose data set is being written.</summary>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public static void Write(string path, IReadOnlyList<PatchInfo> catalog, DatasetSplit split) => AtomicFile.WriteText(path, Text(catalog, split));

    private static string Text(IReadOnlyList<PatchInfo> catalog, DatasetSplit split)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        var text = new StringBuilder(Header + "\n");
        foreach (var (members, name) in split.Parts.Zip(Names).Append((Enumerable.Range(0, catalog.Count).ToArray(), Dropped)))
        {
            foreach (var location in members.Select(patch => catalog[patch].LocationId).Where(written.Add))
                text.Append(CsvText.Quoted(location)).Append(',').Append(name).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Where a split file lies: a relative path is looked for in the data set's folder, then in the working folder.</summary>
    /// <param name="path">The file as it was named.</param>
    /// <param name="dataset">Data set.</param>
    public static string Find(string path, Dataset dataset)
    {
        var beside = Path.Combine(dataset.Path, path);
        return File.Exists(beside) || !File.Exists(path) ? beside : Path.GetFullPath(path);
    }

    /// <summary>Reads which patches of a data set belong to which part.</summary>
    /// <param name="path">The file, as <see cref="Find"/> takes it.</param>
    /// <param name="dataset">Data set.</param>
    /// <exception cref="DatasetException">
    /// Missing or malformed; a location has two parts, or none; or ground of one part lies in another, too.
    /// </exception>
    public static DatasetSplit Read(string path, Dataset dataset)
    {
        var named = path;
        path = Find(path, dataset);
        if (!File.Exists(path))
            throw new DatasetException($"{named}: there is no such file{(Path.IsPathRooted(named) ? "" : $", neither in the data set's folder {dataset.Path} nor in the working folder")}. Make it with: spectralearth dataset split {dataset.Path}");
        var parts = Parts(path);
        var patches = Enumerable.Range(0, dataset.Catalog.Count).ToLookup(patch => dataset.Catalog[patch].LocationId, StringComparer.Ordinal);
        var members = new List<int>[] { [], [], [] };
        var dropped = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (location, part) in parts.Order)
        {
            if (part >= 0)
                members[part].AddRange(patches[location]);
            else if (patches.Contains(location))
                dropped.Add(location);
        }

        var unknown = patches.Where(location => !parts.ByLocation.ContainsKey(location.Key)).Select(location => location.Key).ToArray();
        if (unknown.Length > 0)
            throw new DatasetException($"{path}: {unknown.Length} locations of {dataset.Path} have no part, {unknown[0]} for example. Has the data set grown? Make the split again, or add lines '<location>,{Dropped}'.");
        var split = new DatasetSplit { Train = members[0], Validation = members[1], Test = members[2], DroppedLocations = dropped.Count };
        if (SplitOverlap.Find(dataset.Catalog, PatchGround.Of(dataset), split) is { } shared)
            throw new DatasetException($"{path}: locations {shared.First} and {shared.Second} overlap, but belong to different parts: what is trained on would be tested on. Make the split with spectralearth dataset split.");
        return split;
    }

    /// <summary>Parts by location, and in the order of the file.</summary>
    private static (Dictionary<string, int> ByLocation, List<(string Location, int Part)> Order) Parts(string path)
    {
        var parts = new Dictionary<string, int>(StringComparer.Ordinal);
        var order = new List<(string Location, int Part)>();
        try
        {
            foreach (var (cells, index) in CsvText.Rows(File.ReadAllText(path)).Select((cells, index) => (cells, index)))
            {
                if (index == 0 && string.Join(',', cells) != Header)
                    throw new FormatException($"line 1 is '{string.Join(',', cells)}', expected '{Header}'");
                if (index == 0)
                    continue;
                var part = cells.Count == 2 ? Array.IndexOf(Names, cells[1]) : -1;
                if (cells.Count != 2 || (part < 0 && cells[1] != Dropped))
                    throw new FormatException($"line {index + 1} is '{string.Join(',', cells)}', expected a location and {string.Join(", ", Names)} or {Dropped}");
                if (parts.TryAdd(cells[0], part))
                    order.Add((cells[0], part));
                else if (parts[cells[0]] != part)
                    throw new FormatException($"location {cells[0]} has two parts; what is trained on would be tested on");
            }
        }
        catch (FormatException e)
        {
            throw new DatasetException($"{path}: no usable split: {e.Message}.", e);
        }

        return (parts, order);
    }
}
