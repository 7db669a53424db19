using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Scenes.Tiff;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Scenes;

namespace SpectralEarth.Tests.Tasks;

public sealed class SceneMapperTests : MapFixture
{
    private static readonly int[] Bands = [.. SensorCatalog.Load("EnMAP").DefaultBands];

    [Test]
    public void A_map_has_the_grid_of_the_scene_a_class_on_every_valid_pixel_and_no_data_elsewhere()
    {
        var report = Map("plain", windowSize: 16);

        using var scene = Scene.Open(Product);
        using var map = LabelRaster.Open(report.Files.Map);
        var codes = map.Read(new RasterWindow(0, 0, Side, Side));
        var validity = new byte[Side * Side];
        scene.ReadValidity(new RasterWindow(0, 0, Side, Side), Bands, validity);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(map.Grid, Is.EqualTo(RasterGrid.Of(scene)));
            Assert.That(validity, Has.Some.EqualTo(0).And.Some.EqualTo(1));
            Assert.That(codes.Select(code => code != SceneMapper.NoData), Is.EqualTo(validity.Select(valid => valid == 1)));
            Assert.That(codes.Where(code => code != 0).Distinct(), Is.SubsetOf(LabelledDataset.Classes.Select(item => (byte)item.Code)));
        }
    }

    [Test]
    public void A_picture_and_the_areas_lie_beside_the_map()
    {
        var report = Map("beside", windowSize: 16, outName: "beside/map.tif");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllBytes(report.Files.Picture).AsSpan(1, 3).SequenceEqual("PNG"u8), Is.True);
            Assert.That(report.Areas.Sum(area => area.Pixels), Is.EqualTo(report.ValidPixels));
            Assert.That(report.Areas.Sum(area => area.Hectares), Is.EqualTo(report.ValidPixels * 0.09).Within(1e-9));
            Assert.That(report.Areas.Sum(area => area.Share), Is.EqualTo(1).Within(1e-9));
            Assert.That(File.ReadAllLines(report.Files.Areas), Has.Length.EqualTo(4).And.ItemAt(1).StartsWith("1,meadow,"));
            Assert.That(report.Files.All, Is.EquivalentTo(Directory.GetFiles(Folder.File("beside"))));
        }
    }

    [Test]
    public void GDAL_reads_reference_system_place_and_class_names()
    {
        var report = Map("gdal", windowSize: 16);

        var info = Gdal.Run("gdalinfo", report.Files.Map);

        Assert.That(info, Does.Contain("ID[\"EPSG\",32633]").And.Contain($"Size is {Side}, {Side}").And.Contain("NoData Value=0").And.Contain("4: sand"));
    }

    [Test]
    public void Probabilities_and_entropy_are_those_of_the_classes_on_the_map()
    {
        var report = Map("probable", windowSize: 16, new MapOptions { Probabilities = true, Uncertainty = true });

        var (probabilities, entropy, codes) = (Bytes(report.Files.Probabilities!, bands: 3), Bytes(report.Files.Uncertainty!, bands: 1), Codes(report));
        for (var pixel = 0; pixel < Side * Side; pixel++)
        {
            byte[] stored = [probabilities[pixel], probabilities[(Side * Side) + pixel], probabilities[(2 * Side * Side) + pixel]];
            if (codes[pixel] == 0)
            {
                Assert.That(stored.Append(entropy[pixel]), Is.All.EqualTo(255));
                continue;
            }

            // Each of three probabilities is rounded to the nearest multiple of 0.004.
            var shares = stored.Select(value => value * 0.004).ToArray();
            Assert.That(shares.Sum(), Is.EqualTo(1).Within(0.0061));
            Assert.That(entropy[pixel] * 0.004, Is.EqualTo(-shares.Sum(share => share > 0 ? share * Math.Log(share) : 0) / Math.Log(3)).Within(0.02));
            Assert.That(stored[Array.FindIndex(LabelledDataset.Classes, item => item.Code == codes[pixel])], Is.EqualTo(stored.Max()));
        }
    }

    [Test]
    public void GDAL_reads_scale_and_names_of_probabilities_and_uncertainty()
    {
        var report = Map("scaled", windowSize: 16, new MapOptions { Probabilities = true, Uncertainty = true });

        Assert.That(Gdal.Run("gdalinfo", report.Files.Probabilities!), Does.Contain("Description = meadow").And.Contain("Scale:0.004").And.Contain("NoData Value=255"));
        Assert.That(Gdal.Run("gdalinfo", report.Files.Uncertainty!), Does.Contain("entropy").And.Contain("Scale:0.004").And.Contain("NoData Value=255"));
    }

    [Test]
    public void Two_window_offsets_give_the_same_classes_for_999_of_1000_pixels()
    {
        var first = Codes(Map("offset-0", windowSize: 16, new MapOptions { TestTimeAugmentation = false }, smooth: true));
        var second = Codes(Map("offset-3", windowSize: 16, new MapOptions { TestTimeAugmentation = false, WindowOffset = 3 }, smooth: true));

        Assert.That(first.Where(code => code != 0).Distinct().Count(), Is.GreaterThan(1), "A map of one class would show nothing.");
        Assert.That(first.Zip(second).Count(pixel => pixel.First == pixel.Second), Is.GreaterThanOrEqualTo(0.999 * first.Length));
    }

    [Test]
    public void Equal_runs_give_equal_bytes_whatever_the_batch_size()
    {
        var one = Map("one", windowSize: 16, new MapOptions { BatchSize = 1 });
        var many = Map("many", windowSize: 16, new MapOptions { BatchSize = 7 });

        Assert.That(File.ReadAllBytes(many.Files.Map), Is.EqualTo(File.ReadAllBytes(one.Files.Map)));
    }

    [Test]
    public void Averaging_over_flips_and_turns_is_deterministic_and_maps_every_valid_pixel()
    {
        var first = Map("turned", windowSize: 16, new MapOptions { TestTimeAugmentation = true });
        var again = Map("turned-again", windowSize: 16, new MapOptions { TestTimeAugmentation = true });

        Assert.That(File.ReadAllBytes(again.Files.Map), Is.EqualTo(File.ReadAllBytes(first.Files.Map)));
    }

    [Test]
    public void A_scene_smaller_than_a_window_is_mapped_whole()
    {
        var report = Map("small", windowSize: 48);

        Assert.That(report.ValidPixels, Is.EqualTo(Codes(report).Count(code => code != 0)).And.GreaterThan(0));
    }

    [Test]
    public void Progress_rises_to_one()
    {
        var shares = new List<double>();

        Map("progress", windowSize: 16, progress: new Told<double>(shares.Add));

        Assert.That(shares, Is.Ordered.Ascending.And.Not.Empty);
        Assert.That(shares[^1], Is.EqualTo(1));
    }

    [Test]
    public void A_cancelled_map_leaves_no_file()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();

        Assert.That(() => Map("cancelled", windowSize: 16, cancel: cancel.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFiles(Folder.Path, "cancelled.t*"), Is.Empty);
    }

    [Test]
    public void A_scene_without_a_valid_pixel_is_refused_and_leaves_no_file()
    {
        var empty = SceneSynthesizer.Write(new SynthesisOptions { OutputFolder = Folder.File("empty-scenes"), Scenes = 1, Dates = 1, SizePx = Side, Seed = 5 })[0].Products[0];
        using (var scene = Scene.Open(empty))
        {
            GeoTiffWriter.WriteClasses(Directory.GetFiles(empty, "*-QL_QUALITY_CLASSES.TIF").Single(), RasterGrid.Of(scene), [], SceneMapper.NoData,
                (_, _, destination) => destination.Clear());
        }

        Assert.That(() => Map("empty", windowSize: 16, options: new MapOptions { Probabilities = true, Uncertainty = true, TestTimeAugmentation = false }, scenePath: empty),
            Throws.TypeOf<SceneException>().With.Message.Contains("no pixel is valid"));
        Assert.That(Directory.GetFiles(Folder.Path, "empty.*").Select(Path.GetExtension), Is.EqualTo(new[] { ".safetensors" }), "nothing but the network");
    }

    [Test]
    public void A_map_that_cannot_be_written_in_the_end_leaves_no_other_file()
    {
        var map = Folder.File("late.tif");

        Assert.That(() => Map("late", windowSize: 16, options: new MapOptions { Probabilities = true, Uncertainty = true }, progress: new Told<double>(_ => Directory.CreateDirectory(map))),
            Throws.InstanceOf<IOException>().With.Message.Contains("late.tif"));
        Assert.That(Directory.GetFiles(Folder.Path, "late.*").Select(Path.GetExtension), Is.EqualTo(new[] { ".safetensors" }), "nothing but the network");
    }

    [Test]
    public void A_network_that_diverged_is_named_and_leaves_no_file()
    {
        using var scene = Scene.Open(Product);
        var network = TinySegmentation.Write(Folder.File("diverged.safetensors"), windowSize: 16, diverged: true);

        Assert.That(() => SceneMapper.Map(network, TorchSharp.torch.CPU, new MapOptions { Probabilities = true, Uncertainty = true }, scene, Folder.File("diverged.tif")),
            Throws.TypeOf<DivergedNetworkException>().With.Message.Contains("diverged.safetensors: the network's answers are not numbers"));
        Assert.That(Directory.GetFiles(Folder.Path, "diverged.*").Select(Path.GetExtension), Is.EqualTo(new[] { ".safetensors" }), "nothing but the network");
    }

    [TestCase(AdapterForm.Reference, SegmentationDecoder.Fusion)]
    [TestCase(AdapterForm.Full, SegmentationDecoder.Fusion)]
    [TestCase(AdapterForm.Full, SegmentationDecoder.Linear)]
    public void A_network_of_other_wavelengths_is_refused_with_both_lists(AdapterForm adapter, SegmentationDecoder decoder) =>
        Assert.That(() => Map("other", windowSize: 16, shiftNm: 5, adapter: adapter, decoder: decoder),
            Throws.TypeOf<BandMismatchException>().With.Message.Contains("scene:").And.Message.Contains("checkpoint:"));

    [TestCase(AdapterForm.Reference, SegmentationDecoder.Fusion, 1)]
    [TestCase(AdapterForm.Reference, SegmentationDecoder.Linear, 1)]
    [TestCase(AdapterForm.Full, SegmentationDecoder.Fusion, 1)]
    [TestCase(AdapterForm.Full, SegmentationDecoder.Linear, 0)]
    public void A_network_of_the_other_swir_arrangement_maps_with_a_warning_if_weights_go_by_channel(AdapterForm adapter, SegmentationDecoder decoder, int warnings)
    {
        var report = Map("arrangement", windowSize: 16, shiftNm: 11.5, shifted: number => number is >= 142 and <= 160, adapter: adapter, decoder: decoder);

        Assert.That(report.Warnings, Has.Exactly(warnings).Contains("arrangement"));
    }

    [Test]
    public void A_network_that_knows_wavelengths_is_fitted_to_the_other_swir_arrangement()
    {
        using var scene = Scene.Open(Product);
        var path = TinySegmentation.Write(Folder.File("fitted.safetensors"), 16, number => number is >= 142 and <= 160 ? 11.5 : 0, adapter: AdapterForm.Full);
        using var fitted = TrainedSegmentation.Open(path, device: null, scene.Metadata.Bands);
        using var asTrained = TrainedSegmentation.Open(path);

        Assert.That(fitted.Description.WavelengthsNm, Is.EqualTo(scene.Metadata.Bands.Select(Bands).WavelengthsNm));
        Assert.That(asTrained.Description.WavelengthsNm, Is.Not.EqualTo(fitted.Description.WavelengthsNm));
    }

    [TestCase(2)]
    [TestCase(21)]
    public void Bands_without_data_that_the_network_learned_are_told_and_many_are_refused(int count)
    {
        int[] empty = [.. Bands.Skip(40).Take(count)];
        var emptied = WithoutData(Folder.File($"emptied-{count}"), empty);

        if (count > Bands.Length / 10)
        {
            Assert.That(() => Map("many-empty", windowSize: 16, scenePath: emptied), Throws.TypeOf<SceneException>()
                .With.Message.Contains($"bands {BandNumbers.ToText(empty)} hold no data in the whole scene, 21 of the {Bands.Length}"));
            return;
        }

        var report = Map("few-empty", windowSize: 16, scenePath: emptied);

        Assert.That(report.Warnings, Has.One.StartsWith($"Bands {BandNumbers.ToText(empty)} hold no data in the whole scene."));
    }

    [Test]
    public void Bands_that_had_no_data_in_training_either_are_no_news()
    {
        using var scene = Scene.Open(Product);
        using var network = TrainedSegmentation.Open(TinySegmentation.Write(Folder.File("unseen.safetensors"), windowSize: 16));
        var description = network.Description with
        {
            Mean = [.. network.Description.Mean.Select((mean, channel) => channel == 7 ? 0 : mean)],
            StandardDeviation = [.. network.Description.StandardDeviation.Select((deviation, channel) => channel == 7 ? 1 : deviation)],
        };

        Assert.That(BandMatch.EmptyOnlyHere(description, [Bands[7], Bands[9], 131]), Is.EqualTo(new[] { Bands[9] }));
    }

    [Test]
    public void The_folder_of_a_map_is_made() =>
        Assert.That(Map("smaller", windowSize: 16, outName: "new/map.tif").Files.All, Is.All.Matches<string>(File.Exists));

    [Test]
    public void A_pretraining_checkpoint_cannot_map()
    {
        var mae = TinyEncoder.WriteMae(Folder.File("mae.safetensors"));

        Assert.That(() => TrainedSegmentation.Open(mae), Throws.TypeOf<CheckpointException>()
            .With.Message.Contains("architecture \"mae\", but \"segmentation\" is needed").And.Message.EndsWith("Use a run of finetune for such a task."));
    }

    private static byte[] Bytes(string raster, int bands)
    {
        using var file = TiffRaster.Open(raster);
        var samples = new byte[bands * Side * Side];
        file.Read<byte>(new RasterWindow(0, 0, Side, Side), [.. Enumerable.Range(1, bands)], samples, 0);
        return samples;
    }

    private static byte[] Codes(MapReport report)
    {
        using var map = LabelRaster.Open(report.Files.Map);
        return map.Read(new RasterWindow(0, 0, Side, Side));
    }

    /// <summary>A copy of the Product whose image has no data in some bands.</summary>
    private string WithoutData(string copy, int[] bands)
    {
        FolderContent.Copy(Product, copy);
        using var scene = Scene.Open(Product);
        var pixels = ProductFixture.Pixels(scene);    // [C, H, W]
        var channels = scene.Metadata.Bands.Count;
        GeoTiffWriter.WriteImage<short>(Directory.GetFiles(copy, "*SPECTRAL_IMAGE.TIF").Single(), RasterGrid.Of(scene), channels, new TiffEncoding(), Scene.NoData, (firstRow, rows, samples) =>
        {
            for (var sample = 0; sample < samples.Length; sample++)
            {
                var (pixel, channel) = Math.DivRem(sample, channels);
                samples[sample] = bands.Contains(channel + 1) ? Scene.NoData : pixels[(channel * Side * Side) + (firstRow * Side) + pixel];
            }
        });
        return copy;
    }
}
