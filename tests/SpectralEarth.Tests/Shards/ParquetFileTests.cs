using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;

namespace SpectralEarth.Tests.Shards;

public sealed class ParquetFileTests
{
    [TestCase("pictures", "1", "a.parquet: not a tables file (format is 'pictures'). Make one.")]
    [TestCase(null, "1", "a.parquet: not a tables file (format is 'missing'). Make one.")]
    [TestCase("tables", "4", "a.parquet: tables version 4, but this program reads up to 3. Update the program.")]
    [TestCase("tables", "first", "a.parquet: tables version first, but this program reads up to 3. Update the program.")]
    [TestCase("tables", null, "a.parquet: tables version missing, but this program reads up to 3. Update the program.")]
    public void Files_of_another_format_or_version_are_refused(string? format, string? version, string message) => Assert.That(
        () => ParquetFile.VersionOf(Metadata(format, version), "a.parquet", "tables", newest: 3, " Make one."),
        Throws.InstanceOf<DatasetException>().With.Message.EqualTo(message));

    [TestCase(1)]
    [TestCase(3)]
    public void Versions_up_to_the_newest_are_read(int version) =>
        Assert.That(ParquetFile.VersionOf(Metadata("tables", $"{version}"), "a.parquet", "tables", newest: 3), Is.EqualTo(version));

    private static Dictionary<string, string> Metadata(string? format, string? version) =>
        new (string Key, string? Value)[] { ("format", format), ("format_version", version) }
            .Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!);
}
