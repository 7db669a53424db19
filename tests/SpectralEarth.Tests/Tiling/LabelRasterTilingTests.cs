using SpectralEarth.Recipes;
using SpectralEarth.Scenes;
using SpectralEarth.Scenes.Synthesis;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using SpectralEarth.Tiling;

namespace SpectralEarth.Tests.Tiling;

public sealed class LabelRasterTilingTests : FourScenesFixture
{
    [Test]
    public void Each_scene_takes_the_labels_on_its_grid()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.Path) with { Labels = [.. Input.Scenes.Select(scene => scene.Labels)], ClassesFile = Input.File("classes.yaml") };

        var report = Tiler.Run(options);
        var dataset = Dataset.Open(folder.Path);

        Assert.That(report.Scenes, Is.EqualTo(4));
        Assert.That(dataset.Manifest.Classes.Select(item => item.Name), Is.EqualTo(SceneSynthesizer.Classes.Select(item => item.Name)));
        foreach (var product in Input.Scenes.SelectMany(scene => scene.Products.Select(path => (Path: path, scene.Labels))))
        {
            using var scene = Scene.Open(product.Path);
            using var raster = LabelRaster.Open(product.Labels);
            var index = dataset.Catalog.Select((info, row) => (info, row)).First(pair => pair.info.SceneId == scene.Metadata.SceneId).row;
            var patch = dataset.Read(index);
            Assert.That(patch.Labels, Is.EqualTo(raster.Read(new RasterWindow(patch.Info.SceneColumn, patch.Info.SceneRow, 16, 16))));
        }
    }

    [Test]
    public void Labels_of_a_region_give_a_scene_in_it_the_labels_of_its_pixels()
    {
        using var folder = new TemporaryFolder();
        using var scene = Scene.Open(Input.Scenes[0].Products[0]);
        using var labels = LabelRaster.Open(Input.Scenes[0].Labels);
        // 7 columns and 9 rows more on each side, all of them labelled: patches that overhang the scene must not see them.
        var region = new RasterGrid(scene.Width + 14, scene.Height + 18, scene.GeoTransform.Shifted(-7, -9), scene.Epsg);
        GeoTiffWriter.WriteImage<byte>(folder.File("region.tif"), region, 1, new TiffEncoding(), null, (first, rows, codes) =>
        {
            labels.Read(new RasterWindow(-7, first - 9, region.Width, rows)).CopyTo(codes);
            for (var pixel = 0; pixel < codes.Length; pixel++)
            {
                var (row, column) = (first + (pixel / region.Width) - 9, (pixel % region.Width) - 7);
                if (row < 0 || row >= scene.Height || column < 0 || column >= scene.Width)
                    codes[pixel] = 1;
            }
        });
        var options = Options(folder.Path) with { Scenes = [Input.Scenes[0].Products[0]], MaxNoData = 0.9 };

        Tiler.Run(options with { Output = folder.File("own"), Labels = [Input.Scenes[0].Labels] });
        Tiler.Run(options with { Output = folder.File("of-region"), Labels = [folder.File("region.tif")] });

        var (own, ofRegion) = (Dataset.Open(folder.File("own")), Dataset.Open(folder.File("of-region")));
        Assert.That(own.Catalog, Has.Some.Property(nameof(PatchInfo.SceneColumn)).LessThan(0));
        foreach (var patch in Enumerable.Range(0, own.Catalog.Count))
            Assert.That(ofRegion.Read(patch).Labels, Is.EqualTo(own.Read(patch).Labels));
    }

    [Test]
    public void Rasters_on_one_scene_count_together_in_any_order()
    {
        using var folder = new TemporaryFolder();
        WriteLabels(folder.File("upper.tif"), rows: 40, (row, column) => column < 60 ? 1 : 0);
        WriteLabels(folder.File("whole.tif"), rows: 80, (row, column) => row >= 30 || column >= 60 ? (row < 40 && column < 60 ? 1 : 2) : 0);
        var options = Options("") with { Scenes = [Input.Scenes[0].Products[0]] };

        Tiler.Run(options with { Output = folder.File("one"), Labels = [folder.File("upper.tif"), folder.File("whole.tif")] });
        Tiler.Run(options with { Output = folder.File("two"), Labels = [folder.File("whole.tif"), folder.File("upper.tif")] });

        Assert.That(FolderContent.Of(folder.File("two")), Is.EqualTo(FolderContent.Of(folder.File("one"))));
        var dataset = Dataset.Open(folder.File("one"));
        foreach (var (patch, info) in dataset.Catalog.Select((info, index) => (dataset.Read(index), info)))
        {
            for (var pixel = 0; pixel < 256; pixel++)
            {
                var (row, column) = (info.SceneRow + (pixel / 16), info.SceneColumn + (pixel % 16));
                var inside = row is >= 0 and < 80 && column is >= 0 and < 80;
                Assert.That(patch.Labels![pixel], Is.EqualTo(!inside ? 0 : row < 40 && column < 60 ? 1 : 2));
            }
        }
    }

    [TestCase("one.tif", "other.tif")]
    [TestCase("other.tif", "one.tif")]
    public void A_scene_that_two_rasters_give_different_classes_is_rejected_whichever_is_named_first(string first, string second)
    {
        using var folder = new TemporaryFolder();
        WriteLabels(folder.File("one.tif"), rows: 80, (row, _) => row < 50 ? 1 : 0);
        WriteLabels(folder.File("other.tif"), rows: 80, (row, _) => row >= 47 ? 2 : 0);

        var error = Assert.Throws<SceneException>(() => Tiler.Run(Options(folder.File("out")) with
        {
            Scenes = [Input.Scenes[0].Products[0]],
            Labels = [folder.File(first), folder.File(second)],
        }))!;

        Assert.That(error.Message, Does.Contain($"{folder.File(second)} and {folder.File(first)} give 240 pixels of the scene different classes."));
    }

    [Test]
    public void A_scene_without_fitting_labels_is_rejected_with_what_was_found()
    {
        using var folder = new TemporaryFolder();

        var report = Tiler.Run(Options(folder.Path) with { Labels = [Input.Scenes[1].Labels] });

        Assert.That(report.Scenes, Is.EqualTo(2));
        Assert.That(report.Rejected, Has.Count.EqualTo(2));
        Assert.That(report.Rejected[0].Reason, Does.Contain("labels.tif").And.Contain("364095").And.Contain("366795"));
    }

    [Test]
    public void Class_files_that_lack_a_code_or_are_wrong_are_refused()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("out")) with { Labels = [Input.Scenes[0].Labels], ClassesFile = folder.File("classes.yaml") };

        File.WriteAllText(folder.File("classes.yaml"), "classes:\n- { code: 1, name: roof, color: '#aa0000' }\n");
        var lacking = Assert.Throws<SceneException>(() => Tiler.Run(options));
        File.WriteAllText(folder.File("classes.yaml"), "classes:\n- { code: 0, name: roof, color: red }\n- { code: 0, name: tree, color: '#00ff00' }\n");
        var wrong = Assert.Throws<RecipeException>(() => Tiler.Run(options));

        File.WriteAllText(folder.File("classes.yaml"), "classes:\n- { code: 3, name: roof, color: '#aa0000' }\n- { code: 2, name: tree, color: '#00aa00' }\n- { code: 1, name: roof, color: '#00ff00' }\n");
        var twice = Assert.Throws<RecipeException>(() => Tiler.Run(options));

        Assert.That(twice!.Message, Does.Contain("classes.yaml: codes 1 and 3 have one name, 'roof'").And.Not.Contain("tree"));
        Assert.That(lacking!.Message, Does.Contain("codes 2, 3").And.Contain("classes.yaml"));
        Assert.That(wrong!.Message, Does.StartWith("The classes cannot be used:\n").And.Contain("must lie in 1 to 255").And.Contain("'red'").And.Contain("occurs 2 times"));
        Assert.That(Directory.Exists(folder.File("out")), Is.False);
    }

    [Test]
    public void Names_and_colours_that_rasters_bring_are_the_classes([Values] bool isNamedBeside)
    {
        using var folder = new TemporaryFolder();
        LabelClass[] classes = [new(2, "wheat & rye", "#c8a01e"), new(5, "fallow", "#1e78c8")];
        WriteMap(folder.File("named.tif"), rows: 40, classes, row => row < 20 ? 2 : 5);
        WriteLabels(folder.File("plain.tif"), rows: 80, (row, _) => row < 40 ? 0 : row < 60 ? 5 : 7);
        if (isNamedBeside)
        {
            // As GDAL leaves a raster whose names were set: nothing in the raster itself.
            WriteLabels(folder.File("named.tif"), rows: 40, (row, _) => row < 20 ? 2 : 5);
        }

        Tiler.Run(Options(folder.File("out")) with { Scenes = [Input.Scenes[0].Products[0]], Labels = [folder.File("plain.tif"), folder.File("named.tif")] });

        var found = Dataset.Open(folder.File("out")).Manifest.Classes;
        Assert.That(found.Select(item => (item.Code, item.Name)), Is.EqualTo(new[] { (2, "wheat & rye"), (5, "fallow"), (7, "class 7") }));
        if (!isNamedBeside)
            Assert.That(found.Take(2).Select(item => item.Color), Is.EqualTo(new[] { "#c8a01e", "#1e78c8" }));
        Assert.That(found[2].Color, Is.Not.EqualTo("#000000"));
    }

    [Test]
    public void Classes_that_come_into_no_patch_are_warned_of()
    {
        using var folder = new TemporaryFolder();
        // The corners of a scene hold no data.
        WriteLabels(folder.File("labels.tif"), rows: 80, (row, column) => row == 0 && column == 0 ? 2 : row == 40 ? 1 : 0);
        var options = Options(folder.File("out")) with { Scenes = [Input.Scenes[0].Products[0]], Labels = [folder.File("labels.tif")], MaxNoData = 0 };

        var report = Tiler.Run(options);

        Assert.That(report.Warnings, Has.One.StartsWith("No patch of these scenes has a pixel of class 2, though the labels have"));
        WriteLabels(folder.File("inner.tif"), rows: 80, (row, column) => row == 40 ? (column % 2) + 1 : 0);
        Assert.That(Tiler.Run(options with { Output = folder.File("all"), Labels = [folder.File("inner.tif")] }).Warnings, Is.Empty);
    }

    [Test]
    public void A_folder_of_a_product_takes_no_data_set()
    {
        var product = Input.Scenes[0].Products[0];
        var folder = Directory.Exists(product) ? product : Path.GetDirectoryName(product)!;

        Assert.That(() => Tiler.Run(Options(folder) with { Scenes = [product] }), Throws.TypeOf<DatasetException>().With.Message.EqualTo($"{folder}: this is the folder of a product. Choose another folder for the data set."));
        Assert.That(Directory.Exists(Path.Combine(folder, "shards")), Is.False);
    }

    [Test]
    public void Rasters_that_name_a_code_differently_are_refused_with_both_names()
    {
        using var folder = new TemporaryFolder();
        WriteMap(folder.File("one.tif"), rows: 40, [new(2, "wheat", "#c8a01e")], _ => 2);
        WriteMap(folder.File("two.tif"), rows: 40, [new(2, "maize", "#c8a01e")], _ => 2);

        Assert.That(() => Tiler.Run(Options(folder.File("out")) with { Scenes = [Input.Scenes[0].Products[0]], Labels = [folder.File("two.tif"), folder.File("one.tif")] }),
            Throws.TypeOf<SceneException>().With.Message.EqualTo(
                $"{folder.File("one.tif")} calls code 2 'wheat', {folder.File("two.tif")} calls it 'maize'. Give the classes codes, names and colours in a file, and name it with --classes."));
    }

    [TestCase("<PAMDataset><PAMRasterBand band=\"1\">")]
    [TestCase("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><PAMDataset>&b;</PAMDataset>")]
    public void Names_beside_a_raster_that_are_no_safe_XML_are_refused_with_the_file(string text)
    {
        using var folder = new TemporaryFolder();
        WriteLabels(folder.File("labels.tif"), rows: 40, (_, _) => 1);
        File.WriteAllText(folder.File("labels.tif.aux.xml"), text);

        Assert.That(() => Tiler.Run(Options(folder.File("out")) with { Scenes = [Input.Scenes[0].Products[0]], Labels = [folder.File("labels.tif")] }),
            Throws.TypeOf<SceneException>().With.Message.StartsWith($"{folder.File("labels.tif.aux.xml")}: no usable XML: "));
    }

    /// <summary>A map of classes of the upper rows of the first ground.</summary>
    private void WriteMap(string path, int rows, IReadOnlyList<LabelClass> classes, Func<int, int> code)
    {
        using var scene = Scene.Open(Input.Scenes[0].Products[0]);
        GeoTiffWriter.WriteClasses(path, RasterGrid.Of(scene) with { Height = rows }, classes, 0, (first, _, codes) =>
        {
            for (var pixel = 0; pixel < codes.Length; pixel++)
                codes[pixel] = (byte)code(first + (pixel / scene.Width));
        });
    }

    /// <summary>Labels of the upper rows of the first ground.</summary>
    private void WriteLabels(string path, int rows, Func<int, int, int> code)
    {
        using var scene = Scene.Open(Input.Scenes[0].Products[0]);
        GeoTiffWriter.WriteImage<byte>(path, RasterGrid.Of(scene) with { Height = rows }, 1, new TiffEncoding(), null, (first, _, codes) =>
        {
            for (var pixel = 0; pixel < codes.Length; pixel++)
                codes[pixel] = (byte)code(first + (pixel / scene.Width), pixel % scene.Width);
        });
    }
}
