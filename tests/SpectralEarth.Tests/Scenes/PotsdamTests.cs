using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;
using SpectralEarth.Scenes;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Scenes;

/// <summary>Facts of the real scene that a reader gets wrong if it assumes instead of reads.</summary>
public sealed class PotsdamTests
{
    [Test]
    public void Wavelengths_ascend_although_the_detectors_interleave()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());

        var metadata = scene.Metadata;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(metadata.Bands, Has.Count.EqualTo(224));
            Assert.That(metadata.Bands.WavelengthsNm, Is.Ordered.And.Unique);
            Assert.That(metadata.Bands[79].WavelengthNm, Is.EqualTo(902.257));
            Assert.That(SensorCatalog.Load("enmap").ArrangementOf(metadata.Bands)?.Name, Is.EqualTo("A"));
        }
    }

    [Test]
    public void Metadata_place_and_angles_are_those_of_the_file()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());

        var metadata = scene.Metadata;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(metadata.SceneId, Is.EqualTo("ENMAP01-____L2A-DT0000001867_20220724T104526Z_008_V010302_20230628T165614Z"));
            Assert.That(metadata.StartTime, Is.EqualTo(new DateTime(2022, 7, 24, 10, 45, 26, DateTimeKind.Utc)));
            Assert.That(metadata.StartTime.Kind, Is.EqualTo(DateTimeKind.Utc));
            Assert.That(metadata.ProcessorVersion, Is.EqualTo("01.03.02"));
            Assert.That((scene.Width, scene.Height, scene.Epsg), Is.EqualTo((160, 160, 32633)));
            Assert.That(scene.GeoTransform, Is.EqualTo(new GeoTransform(364095, 5809965, 30)));
            Assert.That((metadata.SunElevation, metadata.SunAzimuth, metadata.AlongOffNadir), Is.EqualTo((56.6, 155.5, -0.1)));
            Assert.That(metadata.CoverPercent["waterCover"], Is.EqualTo(5));
            Assert.That((metadata.Gains[100], metadata.Offsets[100]), Is.EqualTo((0.0001, 0.0)));
        }
    }

    [Test]
    public void Bands_130_to_135_are_empty_by_mark_and_by_image()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());

        Assert.That(scene.Metadata.EmptyBands, Is.EqualTo(Enumerable.Range(130, 6)));
        Assert.That(scene.EmptyBands, Is.EqualTo(Enumerable.Range(130, 6)));
    }

    [Test]
    public void No_data_is_minus_32768_although_the_XML_says_0()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());
        Assume.That(File.ReadAllText(Directory.GetFiles(scene.Path, "*METADATA.XML").Single()), Does.Contain("<backgroundValue>0</backgroundValue>"));
        var (pixels, valid) = (new short[25600], new byte[25600]);

        scene.ReadPixels(new RasterWindow(0, 0, 160, 160), [1], pixels);
        scene.ReadValidity(new RasterWindow(0, 0, 160, 160), [1], valid);

        Assert.That(pixels.Count(pixel => pixel == Scene.NoData) / 25600.0, Is.EqualTo(0.44).Within(0.001));
        Assert.That(pixels.Zip(valid).Where(pair => pair.First == 0).Select(pair => pair.Second), Has.Exactly(427).EqualTo(1), "0 is a value of dark pixels");
    }

    [Test]
    public void Validity_comes_from_the_image_and_the_classes()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());
        var window = new RasterWindow(0, 0, 160, 160);
        var (valid, classes, pixels) = (new byte[25600], new byte[25600], new short[25600]);
        scene.TryReadQuality(QualityLayer.Classes, window, classes);
        scene.ReadPixels(window, [60], pixels);

        scene.ReadValidity(window, scene.Metadata.Bands.Numbers, valid);

        Assert.That(valid.Count(value => value == 1) / 25600.0, Is.EqualTo(0.56).Within(0.001));
        Assert.That(valid, Is.EqualTo(classes.Zip(pixels, (code, pixel) => code is 1 or 2 && pixel != Scene.NoData ? (byte)1 : (byte)0)));
    }

    [Test]
    public void Every_pixel_equals_what_LibTiff_reads()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());
        var bands = scene.Metadata.Bands.Numbers;
        var pixels = new short[224 * 160 * 160];
        scene.ReadPixels(new RasterWindow(0, 0, 160, 160), bands, pixels);
        using var tiff = Tiff.Open(Directory.GetFiles(scene.Path, "*SPECTRAL_IMAGE.TIF").Single(), "r");
        var row = new byte[tiff.ScanlineSize()];

        var differing = 0;
        for (var y = 0; y < 160; y++)
        {
            tiff.ReadScanline(row, y);
            var samples = MemoryMarshal.Cast<byte, short>(row);
            for (var i = 0; i < samples.Length; i++)
                differing += samples[i] == pixels[(i % 224 * 25600) + (y * 160) + (i / 224)] ? 0 : 1;
        }

        Assert.That(differing, Is.Zero);
    }

    [Test]
    public void The_labels_lie_on_the_scene_and_have_the_published_counts()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());
        using var labels = LabelRaster.Open(SharedData.PotsdamLabels());

        var codes = labels.Read(new RasterWindow(0, 0, 160, 160));

        Assert.That(labels.MatchProblem(RasterGrid.Of(scene), "the scene"), Is.Null);
        Assert.That(Enumerable.Range(1, 6).Select(code => codes.Count(value => value == code)), Is.EqualTo(new[] { 476, 914, 1631, 1231, 85, 359 }));
    }

    [Test]
    public void The_report_sums_the_scene_up()
    {
        using var scene = Scene.Open(SharedData.PotsdamScene());

        var report = SceneReport.Of(scene);

        Assert.That(report.ValidFraction, Is.EqualTo(0.56).Within(0.001));
        Assert.That((report.CentreLongitude!.Value, report.CentreLatitude!.Value), Is.EqualTo((13.0375712, 52.4020169)).Using<(double, double)>(
            (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-6 && Math.Abs(a.Item2 - b.Item2) < 1e-6));
        Assert.That(report.CloudFraction, Is.Zero);
    }
}
