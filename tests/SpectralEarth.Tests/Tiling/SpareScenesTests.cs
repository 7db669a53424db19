using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

/// <summary>Acquisitions that were named several times: where one copy or processing cannot be read, the next one is tiled.</summary>
public sealed class SpareScenesTests
{
    private const string Newer = "V010502_20250101T000000Z", Damaged = "is damaged";

    private TemporaryFolder folder = null!;
    private string first = "", second = "";

    [SetUp]
    public void WriteScenes()
    {
        folder = new TemporaryFolder();
        var scenes = SceneSynthesizer.Write(new SynthesisOptions
        {
            OutputFolder = folder.File("scenes"),
            Scenes = 2,
            Dates = 1,
            SizePx = 64,
            Seed = 5,
            ImageEncoding = new TiffEncoding { RowsPerStrip = 4, Compression = TiffCompression.Deflate },
        });
        (first, second) = (scenes[0].Products[0], scenes[1].Products[0]);
    }

    [TearDown]
    public void DeleteScenes() => folder.Dispose();

    [Test]
    public void A_sound_copy_is_tiled_instead_of_a_damaged_one()
    {
        DamagedProduct.Write(first, folder.File("in/a"));
        FolderContent.Copy(first, folder.File("in/b"));
        FolderContent.Copy(first, folder.File("in/c"));

        var report = AssertTiled(first, folder.File("in"));

        Assert.That(report.Rejected.Select(one => one.Path), Is.EqualTo(new[] { folder.File("in/a"), folder.File("in/c") }));
        Assert.That(report.Rejected[0].Reason, Does.Contain(Damaged).And.Contain($"{folder.File("in/b")} is tiled in its place"));
        Assert.That(report.Rejected[1].Reason, Is.EqualTo($"The same product as {folder.File("in/b")}. Name it once."));
    }

    [Test]
    public void A_sound_older_processing_is_tiled_instead_of_a_damaged_newer_one()
    {
        DamagedProduct.Write(first, folder.File("damaged"));
        ReprocessedProduct.Write(folder.File("damaged"), folder.File("in/newer"), Newer);
        FolderContent.Copy(first, folder.File("in/older"));
        ReprocessedProduct.Write(first, folder.File("in/oldest"), "V010101_20220801T000000Z");

        var report = AssertTiled(first, folder.File("in"));

        Assert.That(report.Rejected.Select(one => (one.Path, one.IsSuperseded)), Is.EqualTo(new[] { (folder.File("in/newer"), false), (folder.File("in/oldest"), true) }));
        Assert.That(report.Rejected[0].Reason, Does.Contain(Damaged));
        Assert.That(report.Rejected[1].Reason, Is.EqualTo(RejectedScene.Superseded("", Path.GetFileName(first)).Reason));
    }

    [Test]
    public void Where_all_are_damaged_each_is_rejected_with_its_own_reason()
    {
        DamagedProduct.Write(first, folder.File("in/a"));
        DamagedProduct.Write(first, folder.File("in/b"));

        var report = Tiler.Run(Options("out", folder.File("in"), second));

        Assert.That(report.Scenes, Is.EqualTo(1));
        Assert.That(report.Rejected.Select(one => one.Path), Is.EqualTo(new[] { folder.File("in/a"), folder.File("in/b") }));
        Assert.That(report.Rejected.Select(one => one.Reason), Is.All.Contains(Damaged));
    }

    [Test]
    public void A_run_that_was_interrupted_anywhere_ends_as_if_it_had_not_been()
    {
        DamagedProduct.Write(first, folder.File("in/a"));
        FolderContent.Copy(first, folder.File("in/b"));
        var all = new List<TileProgress>();
        Tiler.Run(Options("whole", folder.File("in"), second), new Told<TileProgress>(all.Add));
        var expected = FolderContent.Of(folder.File("whole"));
        for (var moment = 0; moment < all.Count; moment++)
        {
            var (options, told) = (Options($"moment-{moment}", folder.File("in"), second), 0);
            Assert.Throws<TimeoutException>(() => Tiler.Run(options, new Told<TileProgress>(_ =>
            {
                if (told++ == moment)
                    throw new TimeoutException("stop here");
            })));

            Tiler.Run(options);

            Assert.That(FolderContent.Of(options.Output), Is.EqualTo(expected), $"moment {moment} of {all.Count}");
        }
    }

    [Test]
    public void A_copy_that_was_tiled_before_an_interruption_is_not_tiled_again()
    {
        DamagedProduct.Write(first, folder.File("in/a"));
        FolderContent.Copy(first, folder.File("in/b"));

        Interrupt();
        var tiled = Tiled();
        Interrupt();

        Assert.That(tiled, Has.Length.EqualTo(1));
        Assert.That(Tiled(), Is.EqualTo(tiled));

        void Interrupt() => Assert.Throws<TimeoutException>(() => Tiler.Run(Options("out", folder.File("in"), second), new Told<TileProgress>(now =>
        {
            if (now.SceneId == Path.GetFileName(second))
                throw new TimeoutException("stop here");
        })));

        (string, DateTime)[] Tiled() => [.. Directory.GetFiles(folder.File("out/.work"), "unit.yaml", SearchOption.AllDirectories).Select(file => (file, File.GetLastWriteTimeUtc(file)))];
    }

    /// <summary>Asserts that all found below a folder gives the patches of one product, and that the same command leaves the data set alone.</summary>
    private TileReport AssertTiled(string product, string found)
    {
        var expected = Tiler.Run(Options("expected", product, second));
        var options = Options("out", found, second);

        var forecast = Tiler.Forecast(options);
        var report = Tiler.Run(options);

        Assert.That((report.Scenes, report.Patches), Is.EqualTo((2, expected.Patches)));
        Assert.That(Dataset.Open(options.Output).Manifest.Fingerprint, Is.EqualTo(Dataset.Open(folder.File("expected")).Manifest.Fingerprint));
        Assert.That(forecast.New.Count(), Is.EqualTo(2));
        var content = FolderContent.Of(options.Output);
        Assert.That(Tiler.Run(options).WasFinished, Is.True);
        Assert.That(FolderContent.Of(options.Output), Is.EqualTo(content));
        return report;
    }

    private TileOptions Options(string output, params string[] scenes) => new()
    {
        Scenes = scenes,
        Output = folder.File(output),
        PatchSize = 16,
        MaxNoData = 0.9,
        MaxShares = new Dictionary<PixelQuality, double>(),
        Bands = [10, 50, 200],
    };
}
