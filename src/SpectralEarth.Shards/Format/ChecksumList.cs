using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Format;

/// <summary>
/// checksums.txt: the XXH3 of every file of a data set, so that any flipped byte can be found, also where Parquet itself
/// would not notice. The program xxhsum can check it: <c>xxhsum -c checksums.txt</c>.
/// </summary>
public static partial class ChecksumList
{
    /// <summary>File name in a data set.</summary>
    public const string FileName = "checksums.txt";

    /// <summary>Writes the list atomically.</summary>
    /// <param name="folder">Folder of the data set.</param>
    /// <param name="files">Path in the folder, with forward slashes, and checksum of each file.</param>
    internal static void Write(string folder, IEnumerable<(string Name, ulong Checksum)> files)
    {
        var text = new StringBuilder();
        foreach (var (name, checksum) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
            text.Append("XXH3 (").Append(name).Append(") = ").Append(Checksum.ToText(checksum)).Append('\n');
        AtomicFile.WriteText(Path.Combine(folder, FileName), text.ToString());
    }

    /// <summary>Reads the list: checksum as text by path.</summary>
    /// <exception cref="DatasetException">Missing or damaged.</exception>
    internal static IReadOnlyDictionary<string, string> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new DatasetException($"{path}: the file is missing. Restore it or make the data set again.");
        var checksums = new Dictionary<string, string>(StringComparer.Ordinal);
        var text = File.ReadAllText(path);
        foreach (var (line, index) in text.TrimEnd('\n').Split('\n').Select((line, index) => (line, index)))
        {
            var entry = Line().Match(line);
            if (!entry.Success || !checksums.TryAdd(entry.Groups[1].Value, entry.Groups[2].Value))
                throw new DatasetException($"{path}: line {index + 1} is damaged ('{line}'); expected 'XXH3 (FILE) = 16 digits' with a file not named before. Restore the file.");
        }

        return checksums;
    }

    /// <summary>
    /// Rewrites files that lie beside the data, such as the record of what it was made from. They are off the list meanwhile: after
    /// a kill they are unchecked, not wrong.
    /// </summary>
    /// <param name="folder">Folder of a finished data set.</param>
    /// <param name="names">The files.</param>
    /// <param name="write">Writes them.</param>
    public static void Rewrite(string folder, IReadOnlyCollection<string> names, Action write)
    {
        (string, ulong)[] others = [.. Read(folder).Where(entry => !names.Contains(entry.Key)).Select(entry => (entry.Key, ulong.Parse(entry.Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))];
        Write(folder, others);
        write();
        Write(folder, others.Concat(names.Select(name => (name, Checksum.OfFile(Path.Combine(folder, name))))));
    }

    /// <summary>True if the list names all of these files; false for those that a killed <see cref="Rewrite"/> left off.</summary>
    /// <exception cref="DatasetException">The list is missing or damaged.</exception>
    public static bool Names(string folder, IReadOnlyCollection<string> names)
    {
        var list = Read(folder);
        return names.All(list.ContainsKey);
    }

    /// <summary>Makes sure that a file is the one that was written, before a parser sees it: a damaged one may keep a parser busy for ever.</summary>
    /// <param name="folder">Folder of the data set.</param>
    /// <param name="name">Path in the folder, with forward slashes.</param>
    /// <exception cref="DatasetException">The list or the file is missing, or the checksums differ.</exception>
    internal static void Require(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!Read(folder).TryGetValue(name, out var expected))
            throw new DatasetException($"{path}: {FileName} does not name this file. Restore {FileName} or make the data set again.");
        if (!File.Exists(path))
            throw new DatasetException($"{path}: the file is missing. Restore it or make the data set again.");
        var found = Checksum.ToText(Checksum.OfFile(path));
        if (found != expected)
            throw new DatasetException($"{path}: checksum {found}, expected {expected} of {FileName}. The file is damaged or of another data set; restore it.");
    }

    /// <summary>Makes sure that the files that the list names are those that were written. One that a killed <see cref="Rewrite"/> left off the list is not looked at.</summary>
    /// <param name="folder">Folder of the data set.</param>
    /// <param name="names">Paths in the folder, with forward slashes.</param>
    /// <exception cref="DatasetException">The list or a file that it names is missing, or the checksums differ.</exception>
    public static void RequireUnchanged(string folder, IEnumerable<string> names)
    {
        var list = Read(folder);
        foreach (var name in names.Where(list.ContainsKey))
            Require(folder, name);
    }

    [GeneratedRegex(@"^XXH3 \((.+)\) = ([0-9a-f]{16})$", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
