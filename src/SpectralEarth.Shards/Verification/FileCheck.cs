using SpectralEarth.Shards.Format;
using SpectralEarth.Shards.Statistics;
using SpectralEarth.Storage;

namespace SpectralEarth.Shards.Verification;

/// <summary>Compares every file of a data set with checksums.txt.</summary>
internal sealed class FileCheck
{
    private readonly string folder;
    private readonly ProblemList problems;
    private readonly IReadOnlyDictionary<string, string>? expected;

    public FileCheck(string folder, ProblemList problems)
    {
        (this.folder, this.problems) = (folder, problems);
        expected = problems.Try(ChecksumList.FileName, () => ChecksumList.Read(folder));
        var shards = Path.Combine(folder, Dataset.ShardFolder);
        var present = Directory.Exists(shards) ? Directory.GetFiles(shards).Select(file => $"{Dataset.ShardFolder}/{Path.GetFileName(file)}") : [];
        Names = [.. (expected?.Keys ?? []).Concat(present).Concat([ManifestFile.FileName, CatalogFile.FileName, StatisticsFile.FileName])
            .Concat(File.Exists(Path.Combine(folder, SceneTable.FileName)) ? [SceneTable.FileName] : [])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>All files that there are or should be.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads a file to its end; returns its length.</summary>
    public long Check(string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            problems.Add(name, "the file is missing. Restore it or make the data set again.");
            return 0;
        }

        var found = Checksum.ToText(Checksum.OfFile(path));
        var wanted = expected is null ? found : expected.GetValueOrDefault(name);
        if (wanted is null)
            problems.Add(name, name == SceneTable.FileName
                ? $"{ChecksumList.FileName} does not name this file: a run was stopped while it wrote the records. Run the same tile command again."
                : $"{ChecksumList.FileName} does not name this file; it does not belong here.");
        else if (found != wanted)
            problems.Add(name, $"checksum of the file {found}, expected {wanted} of {ChecksumList.FileName}: bytes have changed.");
        return new FileInfo(path).Length;
    }
}
