using SpectralEarth.Shards;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class SceneTableTests
{
    [Test]
    public void A_table_is_read_as_it_was_written_and_one_with_other_columns_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("scenes.csv");
        var scene = new SceneRecord
        {
            SceneId = "a,b",
            Time = new DateTime(2022, 7, 24, 10, 45, 26, DateTimeKind.Utc),
            Epsg = 32633,
            Arrangement = "A",
            ProcessorVersion = "01.03.02",
            CorrectionType = "Land_Mode",
            Patches = 12,
            Windows = 36,
            SkippedNoData = 24,
            SkippedCloud = 3,
            SkippedOther = 2,
            WavelengthDistanceNm = 0.25,
            ShiftEastM = -3.5,
            ShiftNorthM = 1.25,
            Width = 160,
            Height = 96,
            EmptyBands = [130, 131, 135],
            WavelengthsNm = [418.24, 423.874],
        };

        SceneTable.Write(folder.Path, [scene]);
        var read = SceneTable.Read(folder.Path)!.Single();
        var sizes = SceneTable.ReadSizes(folder.Path);
        var text = File.ReadAllText(path);

        Assert.That(read with { EmptyBands = scene.EmptyBands, WavelengthsNm = scene.WavelengthsNm }, Is.EqualTo(scene));
        Assert.That((read.EmptyBands, read.WavelengthsNm), Is.EqualTo((scene.EmptyBands, scene.WavelengthsNm)));
        Assert.That(sizes, Is.EqualTo(new Dictionary<string, (int, int)> { ["a,b"] = (160, 96) }));
        foreach (var other in new[] { "", text.Replace("epsg", "zone"), text.Replace(",width,height", "").Replace(",160,96", "") })
        {
            File.WriteAllText(path, other);
            Assert.That(() => SceneTable.Read(folder.Path), Throws.TypeOf<DatasetException>().With.Message.Contains("the header is not"));
        }
    }

    [Test]
    public void Empty_bands_are_told_by_the_scenes_that_lack_the_same_ones()
    {
        (string, IReadOnlyList<int>)[] lacking = [("d", [131, 132]), ("a", [130, 131, 132]), ("c", [7]), ("b", [131, 132]), ("e", [8]), ("f", [9])];

        Assert.That(SceneTable.OfEmptyBands(lacking[..3], 4), Is.EqualTo("Bands 130-132 hold no data in 1 of 4 scenes (a), bands 7 in 1 of 4 scenes (c), bands 131-132 in 1 of 4 scenes (d)"));
        Assert.That(SceneTable.OfEmptyBands(lacking, 9), Is.EqualTo("Bands 131-132 hold no data in 2 of 9 scenes (d, ...), bands 130-132 in 1 of 9 scenes (a), bands 7 in 1 of 9 scenes (c), others in 2 more"));
    }
}
