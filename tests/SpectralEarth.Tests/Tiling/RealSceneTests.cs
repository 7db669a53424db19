using BitMiracle.LibTiff.Classic;
using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class RealSceneTests
{
    private const int Side = 32;
    private const int Size = 160;
    private const short NoData = -32768;

    [Test]
    public void Every_pixel_of_the_real_scene_is_reproduced_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        var source = ReadAll(Directory.GetFiles(SharedData.PotsdamScene(), "*SPECTRAL_IMAGE.TIF").Single(), 224);
        var labels = ReadAll(SharedData.PotsdamLabels(), 1);

        var report = Tiler.Run(Options(folder, maxNoData: 1));
        var dataset = Dataset.Open(folder.Path);

        var seen = new int[Size * Size];
        for (var index = 0; index < dataset.Catalog.Count; index++)
            Compare(dataset.Read(index), dataset.Manifest.Bands, source, labels, seen);
        var valid = Enumerable.Range(0, Size * Size).Where(pixel => source[0][pixel] != NoData).ToArray();
        Assert.That(report.Patches, Is.EqualTo(dataset.Catalog.Count));
        Assert.That(valid, Has.Length.EqualTo(14 * 1024));
        Assert.That(valid.Select(pixel => seen[pixel]), Is.All.EqualTo(1));
        Assert.That(seen, Is.All.LessThanOrEqualTo(1));
    }

    [Test]
    public void No_patch_has_more_no_data_than_asked_and_places_are_right()
    {
        using var folder = new TemporaryFolder();

        var report = Tiler.Run(Options(folder, maxNoData: 0.3));
        var dataset = Dataset.Open(folder.Path);

        Assert.That(report.SkippedNoData, Is.GreaterThan(0));
        Assert.That(report.Patches + report.SkippedNoData, Is.EqualTo(36));
        for (var index = 0; index < dataset.Catalog.Count; index++)
        {
            var patch = dataset.Read(index);
            var missing = patch.Validity.Count(flag => flag == 0) / 1024.0;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(missing, Is.LessThanOrEqualTo(0.3));
                Assert.That(patch.Info.NoDataFraction, Is.EqualTo(missing).Within(1e-6));
                Assert.That(patch.Info.LabelledFraction, Is.EqualTo(patch.Labels!.Count(code => code != 0) / 1024.0).Within(1e-6));
                Assert.That(patch.Info.Left, Is.EqualTo(364_095 + (30 * patch.Info.SceneColumn)));
                Assert.That(patch.Info.Top, Is.EqualTo(5_809_965 - (30 * patch.Info.SceneRow)));
                Assert.That(patch.Info.Footprint[0].Longitude, Is.EqualTo(13).Within(0.2));
                Assert.That(patch.Info.Footprint[0].Latitude, Is.EqualTo(52.4).Within(0.1));
                Assert.That(patch.Info.Arrangement, Is.EqualTo("A"));
            }
        }
    }

    [Test]
    public void Statistics_are_those_of_the_valid_pixels()
    {
        using var folder = new TemporaryFolder();
        var source = ReadAll(Directory.GetFiles(SharedData.PotsdamScene(), "*SPECTRAL_IMAGE.TIF").Single(), 224);

        Tiler.Run(Options(folder, maxNoData: 1));
        var manifest = Dataset.Open(folder.Path).Manifest;

        foreach (var channel in new[] { 0, 60, 126, 201 })
        {
            var values = source[manifest.Bands[channel] - 1].Where(value => value != NoData).Select(value => (double)value).ToArray();
            Assert.That(manifest.Statistics[channel].Mean, Is.EqualTo(values.Average()).Within(1e-9));
            Assert.That(manifest.Statistics[channel].Minimum, Is.EqualTo(values.Min()));
            Assert.That(manifest.Statistics[channel].Maximum, Is.EqualTo(values.Max()));
        }

        Assert.That(manifest.Bands, Has.Count.EqualTo(202));
        Assert.That(manifest.WavelengthsNm[126], Is.EqualTo(1530.64).Within(1));
        Assert.That(manifest.Classes.Select(item => item.Name), Is.EqualTo(Enumerable.Range(1, 6).Select(code => $"class {code}")));
    }

    private static TileOptions Options(TemporaryFolder folder, double maxNoData) => new()
    {
        Scenes = [SharedData.PotsdamScene()],
        Output = folder.Path,
        Labels = [SharedData.PotsdamLabels()],
        PatchSize = Side,
        MaxNoData = maxNoData,
        PatchesPerShard = 10,
    };

    private static void Compare(Patch patch, IReadOnlyList<int> bands, short[][] source, short[][] labels, int[] seen)
    {
        var differences = 0;
        for (var pixel = 0; pixel < Side * Side; pixel++)
        {
            var (row, column) = (patch.Info.SceneRow + (pixel / Side), patch.Info.SceneColumn + (pixel % Side));
            var inside = row is >= 0 and < Size && column is >= 0 and < Size;
            var place = (row * Size) + column;
            if (inside)
                seen[place]++;
            for (var channel = 0; channel < bands.Count; channel++)
                differences += patch.Pixels[(channel * Side * Side) + pixel] == (inside ? source[bands[channel] - 1][place] : NoData) ? 0 : 1;
            differences += patch.Labels![pixel] == (inside ? labels[0][place] : 0) ? 0 : 1;
            differences += patch.Validity[pixel] == (inside && source[0][place] != NoData ? 1 : 0) ? 0 : 1;
        }

        Assert.That(differences, Is.Zero, patch.Info.LocationId);
    }

    /// <summary>Reads a pixel-interleaved TIFF of strips with LibTiff.NET alone, [C][H x W].</summary>
    private static short[][] ReadAll(string path, int bands)
    {
        using var tiff = Tiff.Open(path, "r");
        var bytesPerSample = tiff.GetField(TiffTag.BITSPERSAMPLE)[0].ToInt() / 8;
        Assert.That(tiff.GetField(TiffTag.PLANARCONFIG)[0].ToInt(), Is.EqualTo((int)PlanarConfig.CONTIG));
        var planes = Enumerable.Range(0, bands).Select(_ => new short[Size * Size]).ToArray();
        var line = new byte[tiff.ScanlineSize()];
        for (var row = 0; row < Size; row++)
        {
            tiff.ReadScanline(line, row);
            for (var sample = 0; sample < Size * bands; sample++)
                planes[sample % bands][(row * Size) + (sample / bands)] = bytesPerSample == 1 ? line[sample] : BitConverter.ToInt16(line, 2 * sample);
        }

        return planes;
    }
}
