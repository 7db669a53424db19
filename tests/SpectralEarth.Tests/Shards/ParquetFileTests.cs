using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Tests.Shards;

public sealed class ParquetFileTests
{
    [TestCase("pictures", "1", "a.parquet: not a tables file (format is 'pictures'). Make one.")]
    [TestCase(null, "1", "a.parquet: not a tables file (format is 'missing'). Make one.")]
    [TestCase("tables", "4", "a.parquet: tables version 4, but this program reads version 3. Update the program, or make the file again.")]
    [TestCase("tables", "2", "a.parquet: tables version 2, but this program reads version 3. Update the program, or make the file again.")]
    [TestCase("tables", "first", "a.parquet: tables version first, but this program reads version 3. Update the program, or make the file again.")]
    [TestCase("tables", null, "a.parquet: tables version missing, but this program reads version 3. Update the program, or make the file again.")]
    public void Files_of_another_format_or_version_are_refused(string? format, string? version, string message) => Assert.That(
        () => ParquetFile.RequireFormat(Metadata(format, version), "a.parquet", "tables", version: 3, " Make one."),
        Throws.InstanceOf<DatasetException>().With.Message.EqualTo(message));

    [Test]
    public void The_files_of_this_version_are_accepted() =>
        Assert.That(() => ParquetFile.RequireFormat(Metadata("tables", "3"), "a.parquet", "tables", version: 3), Throws.Nothing);

    private static Dictionary<string, string> Metadata(string? format, string? version) =>
        new (string Key, string? Value)[] { ("format", format), ("format_version", version) }
            .Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!);
}
