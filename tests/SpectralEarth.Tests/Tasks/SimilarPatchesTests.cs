using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Tasks.Embedding;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks;

public sealed class SimilarPatchesTests
{
    private static readonly EmbeddingTable Table = Of(
        ("a", "monday", [1, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("a", "tuesday", [0.9f, 0.1f, 0, 0, 0, 0, 0, 0, 0]),
        ("b", "monday", [0, 0, 0, 0, 0, 0, 0, 0, 2]),
        ("c", "monday", [3, 0, 0, 0, 0, 0, 0, 0, 3]),
        ("d", "monday", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("e", "monday", [-5, 0, 0, 0, 0, 0, 0, 0, 0]));

    [Test]
    public void The_nearest_come_first_whatever_their_lengths()
    {
        var found = SimilarPatches.Nearest(Table, query: 0, count: 10, otherLocations: false);

        Assert.That(found.Select(one => one.Index), Is.EqualTo(new[] { 1, 3, 2, 4, 5 }));
        Assert.That(found.Select(one => one.Similarity), Is.EqualTo(new[] { 0.9 / Math.Sqrt(0.82), Math.Sqrt(0.5), 0, 0, -1 }).Within(1e-6));
    }

    [Test]
    public void Other_dates_of_the_location_can_be_left_out() =>
        Assert.That(SimilarPatches.Nearest(Table, query: 0, count: 1, otherLocations: true).Single().Place.LocationId, Is.EqualTo("c"));

    [Test]
    public void A_location_with_several_dates_needs_a_scene()
    {
        Assert.That(SimilarPatches.Find(Table, "a", "tuesday", null), Is.EqualTo(1));
        Assert.That(() => SimilarPatches.Find(Table, "a", null, null), Throws.TypeOf<DatasetException>().With.Message.Contains("monday, tuesday"));
        Assert.That(() => SimilarPatches.Find(Table, "a", "sunday", null), Throws.TypeOf<DatasetException>().With.Message.Contains("no such scene"));
    }

    [Test]
    public void An_unknown_location_and_a_needless_token_are_refused()
    {
        Assert.That(() => SimilarPatches.Find(Table, "z", null, null), Throws.TypeOf<DatasetException>().With.Message.Contains("Location z"));
        Assert.That(() => SimilarPatches.Find(Table, "b", null, (0, 0)), Throws.TypeOf<DatasetException>().With.Message.Contains("--token"));
    }

    [TestCase(false, ",")]
    [TestCase(true, "0,0")]
    public void Results_are_written_as_csv_in_their_order(bool isPerToken, string token)
    {
        using var folder = new TemporaryFolder();

        SimilarPatches.WriteCsv(folder.File("found.csv"), Table.Origin with { IsPerToken = isPerToken }, SimilarPatches.Nearest(Table, query: 0, count: 2, otherLocations: true));

        Assert.That(File.ReadAllLines(folder.File("found.csv")), Is.EqualTo(new[]
        {
            "rank,location_id,scene_id,time,token_row,token_column,similarity",
            $"1,c,monday,2024-06-01T10:00:00Z,{token},0.707107",
            $"2,b,monday,2024-06-01T10:00:00Z,{token},0",
        }));
    }

    [Test]
    public void A_page_of_another_data_set_is_refused()
    {
        using var folder = new TemporaryFolder();
        var dataset = Dataset.Open(LabelledDataset.Write(folder.File("data")));

        Assert.That(() => SimilarPage.Write(folder.File("page.html"), dataset, Table, 0, []), Throws.TypeOf<DatasetException>().With.Message.Contains("fingerprint"));
    }

    private static EmbeddingTable Of(params (string Location, string Scene, float[] Vector)[] rows) => new(
        new EmbeddingOrigin("none", "none", "none", Width: 9, IsPerToken: false),
        [.. rows.Select(row => new EmbeddedPlace(row.Location, row.Scene, new DateTime(2024, 6, 1, 10, 0, 0, DateTimeKind.Utc), 0, 0))],
        [.. rows.Select(row => row.Vector)]);
}
