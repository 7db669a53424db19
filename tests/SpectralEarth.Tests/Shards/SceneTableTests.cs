using SpectralEarth.Shards;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Shards;

public sealed class SceneTableTests
{
    [Test]
    public void Tables_of_earlier_versions_are_read_and_others_are_refused()
    {
        using var folder = new TemporaryFolder();
        const string header = "scene_id,time,epsg,arrangement,processor_version,correction_type,patches,windows,skipped_nodata,skipped_cloud,empty_bands,wavelengths_nm";
        const string row = "\"a,b\",2022-07-24T10:45:26.000000Z,32633,A,01.03.02,Land_Mode,12,36,24,0,130-135,418.24 423.874";
        File.WriteAllText(folder.File("scenes.csv"), $"{header}\n{row}\n");

        var scene = SceneTable.Read(folder.Path)!.Single();
        var unknown = SceneTable.ReadSizes(folder.Path);
        SceneTable.Write(folder.Path, [scene with { ShiftEastM = -3.5, WavelengthDistanceNm = 0.25, SkippedOther = 2, Width = 160, Height = 96 }]);
        var sizes = SceneTable.ReadSizes(folder.Path);
        var again = SceneTable.Read(folder.Path)!.Single();
        File.WriteAllText(folder.File("scenes.csv"), $"{header.Replace("epsg", "zone")}\n{row}\n");

        Assert.That((scene.SceneId, scene.Patches, scene.SkippedOther, scene.ShiftEastM), Is.EqualTo(("a,b", 12, 0, 0.0)));
        Assert.That(scene.WavelengthsNm, Is.EqualTo(new[] { 418.24, 423.874 }));
        Assert.That((again.ShiftEastM, again.WavelengthDistanceNm, again.SkippedOther), Is.EqualTo((-3.5, 0.25, 2)));
        Assert.That((again.Width, again.Height), Is.EqualTo((160, 96)));
        Assert.That(unknown, Is.Empty);
        Assert.That(sizes, Is.EqualTo(new Dictionary<string, (int, int)> { ["a,b"] = (160, 96) }));
        Assert.That(again.EmptyBands, Is.EqualTo(scene.EmptyBands));
        Assert.That(() => SceneTable.Read(folder.Path), Throws.TypeOf<DatasetException>().With.Message.Contains("the header is not"));
    }
}
