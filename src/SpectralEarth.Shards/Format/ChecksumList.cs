using System.Text;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Format;

/// <summary>
/// checksums.txt: the XXH3 of every file of a data set, so that any flipped byte can be found, also where Parquet itself
/// would not notice. Lines are those of the program xxhsum, which can check them.
/// </summary>
internal static class ChecksumList
{
    /// <summary>File name in a data set.</summary>
    public const string FileName = "checksums.txt";

    private const string Prefix = "XXH3_";
    private const string Separator = "  ";
    private const int Digits = 16;

    /// <summary>Writes the list atomically.</summary>
    /// <param name="folder">Folder of the data set.</param>
    /// <param name="files">Path in the folder, with forward slashes, and checksum of each file.</param>
    public static void Write(string folder, IEnumerable<(string Name, ulong Checksum)> files)
    {
        var text = new StringBuilder();
        foreach (var (name, checksum) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
            text.Append(Prefix).Append(Checksum.ToText(checksum)).Append(Separator).Append(name).Append('\n');
        AtomicFile.WriteText(Path.Combine(folder, FileName), text.ToString());
    }

    /// <summary>Reads the list: checksum as text by path.</summary>
    /// <exception cref="DatasetException">Missing or damaged.</exception>
    public static IReadOnlyDictionary<string, string> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new DatasetException($"{path}: the file is missing. Restore it or make the data set again.");
        var checksums = new Dictionary<string, string>(StringComparer.Ordinal);
        var text = File.ReadAllText(path);
        foreach (var (line, index) in text.TrimEnd('\n').Split('\n').Select((line, index) => (line, index)))
        {
            var isEntry = line.Length > Prefix.Length + Digits + Separator.Length && line.StartsWith(Prefix, StringComparison.Ordinal)
                && line.AsSpan(Prefix.Length + Digits).StartsWith(Separator);
            if (!isEntry || !checksums.TryAdd(line[(Prefix.Length + Digits + Separator.Length)..], line.Substring(Prefix.Length, Digits)))
                throw new DatasetException($"{path}: line {index + 1} is damaged ('{line}'); expected XXH3_, 16 digits, two spaces and a file not named before. Restore the file.");
        }

        return checksums;
    }
}
