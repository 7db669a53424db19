using System.Globalization;
using SpectralEarth.Scenes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks;

public sealed class MapComparisonTests
{
    private static readonly GeoTransform Place = new(364095, 5809965, 30);

    private TemporaryFolder folder = null!;

    [SetUp]
    public void Prepare() => folder = new TemporaryFolder();

    [TearDown]
    public void Clean() => folder.Dispose();

    [Test]
    public void Labels_of_a_part_of_the_map_are_compared_where_they_lie()
    {
        // The map shows class 1 left of column 10 and class 2 to the right; labels cover rows 5-8, columns 8-11.
        var map = Write("map.tif", 20, 20, Place, (_, column) => column < 10 ? 1 : 2);
        var labels = Write("labels.tif", 4, 4, Place.Shifted(8, 5), (row, _) => row == 0 ? 0 : 1);

        var comparison = MapComparison.Of(map, labels);

        Assert.That((comparison.Matrix[0, 0], comparison.Matrix[0, 1], comparison.Matrix.Total), Is.EqualTo((6L, 6L, 12L)));
        Assert.That(comparison.Scores.OverallAccuracy, Is.EqualTo(0.5));
    }

    [Test]
    public void A_folder_in_the_place_of_the_map_is_named_as_such() =>
        Assert.That(() => MapComparison.Of(folder.Path, Write("labels.tif", 4, 4, Place, (_, _) => 1)),
            Throws.TypeOf<SceneException>().With.Message.StartsWith($"{folder.Path}: a folder; expected a map"));

    [Test]
    public void Labels_that_reach_beyond_the_map_and_onto_its_no_data_are_counted_apart()
    {
        var map = Write("map.tif", 10, 10, Place, (row, _) => row < 2 ? 0 : 3);
        var labels = Write("labels.tif", 10, 10, Place.Shifted(-4, 0), (_, _) => 3);

        var comparison = MapComparison.Of(map, labels);

        Assert.That((comparison.Matrix.Total, comparison.UnmappedPixels), Is.EqualTo((48L, 12L)));
    }

    [Test]
    public void Labels_in_another_reference_system_are_refused() =>
        Assert.That(() => MapComparison.Of(Write("map.tif", 5, 5, Place, (_, _) => 1), Write("labels.tif", 5, 5, Place, (_, _) => 1, epsg: 32632)),
            Throws.TypeOf<LabelException>().With.Message.Contains("EPSG:32632").And.Message.Contains("EPSG:32633"));

    [Test]
    public void Labels_between_the_pixels_of_the_map_are_refused() =>
        Assert.That(() => MapComparison.Of(Write("map.tif", 5, 5, Place, (_, _) => 1), Write("labels.tif", 5, 5, Place with { Left = Place.Left + 10 }, (_, _) => 1)),
            Throws.TypeOf<LabelException>().With.Message.Contains("do not coincide"));

    [Test]
    public void Rasters_apart_are_refused() =>
        Assert.That(() => MapComparison.Of(Write("map.tif", 5, 5, Place, (_, _) => 1), Write("labels.tif", 5, 5, Place.Shifted(7, 0), (_, _) => 1)),
            Throws.TypeOf<LabelException>().With.Message.Contains("do not overlap"));

    [Test]
    public void Codes_that_are_no_class_are_listed() =>
        Assert.That(() => MapComparison.Of(Write("map.tif", 5, 5, Place, (_, _) => 1), Write("labels.tif", 5, 5, Place, (_, _) => 7), new ClassTable(LabelledDataset.Classes)),
            Throws.TypeOf<LabelException>().With.Message.Contains("7"));

    [Test]
    public void Classes_are_those_that_the_map_names_and_other_labels_are_refused()
    {
        LabelClass[] classes = [new(1, "roof & wall", "#c8281e"), new(2, "water", "#2166ac")];
        var map = Write("map.tif", 4, 4, Place, (row, _) => row < 2 ? 1 : 2, classes: classes);

        var comparison = MapComparison.Of(map, Write("labels.tif", 4, 4, Place, (_, _) => 1));

        Assert.That(comparison.Classes.Select(item => item.Name), Is.EqualTo(new[] { "roof & wall", "water" }));
        Assert.That(() => MapComparison.Of(map, Write("unknown.tif", 4, 4, Place, (_, _) => 255)), Throws.TypeOf<LabelException>().With.Message.Contains("255").And.Message.Contains("2 water"));
    }

    [Test]
    public void Mapped_classes_without_a_label_and_labels_without_a_class_are_warned_of()
    {
        var map = Write("map.tif", 4, 4, Place, (row, column) => row < 2 ? 1 : row == 2 ? 2 + (column % 2) : 0);

        var whole = MapComparison.Of(map, Write("labels.tif", 4, 4, Place, (row, _) => row < 3 ? 1 : 2));
        whole.Write(folder.File("scores"));
        var part = MapComparison.Of(map, Write("upper.tif", 4, 2, Place, (_, _) => 1));

        Assert.That(whole.Warnings, Is.EqualTo(new[]
        {
            "4 labelled pixels have no class in the map and are left out.",
            "Predicted, but labelled nowhere here: class 2, class 3. Macro F1 and mIoU count each such class as 0.",
        }));
        Assert.That(File.ReadAllText(folder.File("scores/metrics.json")), Does.Contain("Predicted, but labelled nowhere here: class 2, class 3."));
        Assert.That(part.Warnings, Is.Empty);
    }

    [Test]
    public void Scores_and_counts_are_written()
    {
        var comparison = MapComparison.Of(Write("map.tif", 4, 4, Place, (row, _) => row < 2 ? 1 : 2), Write("labels.tif", 4, 4, Place, (_, _) => 1));

        comparison.Write(folder.File("new/scores"));

        Assert.That(File.ReadAllText(folder.File("new/scores/metrics.json")), Does.Contain("\"overall_accuracy\": 0.5").And.Contain("map.tif"));
        Assert.That(File.ReadAllLines(folder.File("new/scores/confusion.csv"))[1], Is.EqualTo("class 1,8,8"));
    }

    [Test]
    public void Intervals_come_from_draws_of_squares_with_labels()
    {
        // Seven squares of 32 x 32 pixels have labels: three on top, one of which the columns cut, and four in the second strip of rows.
        var map = Write("map.tif", 70, 300, Place, (row, column) => row < 32 && column >= 32 ? 2 : 1);
        var labels = Write("labels.tif", 70, 300, Place, (row, column) => row < 32 ? column < 32 ? 1 : 1 + (column % 2) : row < 256 ? 0 : column is 0 or 40 ? 1 : 0);
        var store = new ConfusionStore(new ClassTable([new(1, "class 1", "#808080"), new(2, "class 2", "#808080")]));
        foreach (var (right, taken, rightOfTwo) in ((long, long, long)[])[(1024, 0, 0), (0, 512, 512), (0, 96, 96), (32, 0, 0), (32, 0, 0), (12, 0, 0), (12, 0, 0)])
            store.Add(Block(right, taken, rightOfTwo));

        var comparison = MapComparison.Of(map, labels);
        comparison.Write(folder.File("scores"));

        Assert.That(comparison.TestIntervals, Is.EqualTo(Bootstrap.Intervals(store, seed: 1)));
        Assert.That(comparison.TestIntervals["overall_accuracy"].Low, Is.LessThan(comparison.Scores.OverallAccuracy));
        Assert.That(File.ReadAllText(folder.File("scores/metrics.json")), Does.Contain("\"test_intervals\"").And.Contain("\"low\""));
        Assert.That(MapComparison.Of(map, Write("one.tif", 70, 32, Place, (_, column) => column < 32 ? 1 : 0)).TestIntervals, Is.Empty, "one square");

        static ConfusionMatrix Block(long right, long taken, long rightOfTwo)
        {
            var matrix = new ConfusionMatrix(2);
            matrix.Add(0, right);
            matrix.Add(1, taken);
            matrix.Add(3, rightOfTwo);
            return matrix;
        }
    }

    [Test]
    public void Published_codes_become_classes_as_on_import_and_those_of_no_class_are_listed()
    {
        // Corn is code and class 1; sugarcane and pistachios are codes 45 and 204, classes 7 and 13; 61 is fallow land, no class.
        var map = Write("map.tif", 4, 4, Place, (row, _) => row switch { 0 => 1, 1 => 7, _ => 13 }, classes: LabelCodes.Classes(TaskDescriptor.Load("enmap-cdl")));
        var labels = WriteCodes("cdl.tif", 4, 4, row => row switch { 0 => 1u, 1 => 45, 2 => 204, _ => 61 });

        var comparison = MapComparison.Of(map, labels, task: TaskDescriptor.Load("enmap-cdl"));
        comparison.Write(folder.File("scores"));

        Assert.That((comparison.Matrix[0, 0], comparison.Matrix[6, 6], comparison.Matrix[12, 12], comparison.Matrix.Total), Is.EqualTo((4L, 4L, 4L, 12L)));
        Assert.That(comparison.UnknownCodes, Is.EqualTo(new[] { new CodeCount { Code = 61, Pixels = 4 } }));
        Assert.That(comparison.Warnings, Has.Some.Contains("Codes without class in enmap-cdl, taken for unlabelled: 61 (4 px)"));
        Assert.That(File.ReadAllText(folder.File("scores/metrics.json")), Does.Contain("\"task\": \"enmap-cdl\"").And.Contain("\"code\": 61"));
    }

    [Test]
    public void Codes_of_more_than_a_byte_are_translated_too()
    {
        var map = Write("map.tif", 4, 4, Place, (_, _) => 2, classes: LabelCodes.Classes(TaskDescriptor.Load("enmap-eurocrops")));
        var labels = WriteCodes("crops.tif", 4, 4, _ => 3301010600u);

        Assert.That(MapComparison.Of(map, labels, task: TaskDescriptor.Load("enmap-eurocrops")).Matrix[1, 1], Is.EqualTo(16));
        Assert.That(() => MapComparison.Of(map, labels), Throws.TypeOf<LabelException>().With.Message.Contains("3301010600 (16 px)").And.Message.Contains("--task"));
    }

    [Test]
    public void Published_codes_without_their_task_are_refused_with_all_that_are_no_class()
    {
        var map = Write("map.tif", 4, 600, Place, (_, _) => 1, classes: LabelCodes.Classes(TaskDescriptor.Load("enmap-cdl")));
        var labels = WriteCodes("cdl.tif", 4, 600, row => row switch { 10 => 45u, 590 => 204, _ => 1 });

        Assert.That(() => MapComparison.Of(map, labels), Throws.TypeOf<LabelException>().With.Message.Contains("45 (4 px), 204 (4 px)").And.Message.Contains("name it with --task"));
    }

    [Test]
    public void A_task_whose_classes_are_not_those_of_the_map_is_refused()
    {
        var map = Write("map.tif", 4, 4, Place, (_, _) => 1, classes: LabelCodes.Classes(TaskDescriptor.Load("enmap-cdl")));
        var labels = WriteCodes("labels.tif", 4, 4, _ => 1);

        Assert.That(() => MapComparison.Of(map, labels, task: TaskDescriptor.Load("desis-cdl")), Throws.TypeOf<LabelException>().With.Message.Contains("those of task desis-cdl are"));
        Assert.That(() => MapComparison.Of(map, labels, task: TaskDescriptor.Load("hyperview")), Throws.TypeOf<LabelException>().With.Message.Contains("has no classes"));
    }

    [Test]
    public void Labels_of_no_class_of_the_task_at_all_are_told()
    {
        var map = Write("map.tif", 4, 4, Place, (_, _) => 1, classes: LabelCodes.Classes(TaskDescriptor.Load("enmap-cdl")));

        Assert.That(() => MapComparison.Of(map, WriteCodes("labels.tif", 4, 4, _ => 61), task: TaskDescriptor.Load("enmap-cdl")),
            Throws.TypeOf<LabelException>().With.Message.Contains("no labelled pixel").And.Message.Contains("Codes 61 (16 px) belong to no class of enmap-cdl"));
    }

    [Test]
    public void Polygons_are_drawn_onto_the_map_by_names_or_codes_of_its_classes()
    {
        // Columns 0 to 9 are mapped as roof, the others as water; the polygon of roof covers columns 8 to 11 of rows 5 to 7, that of code 2 pixels of the last row.
        var map = Write("map.tif", 20, 20, Place, (_, column) => column < 10 ? 1 : 2, classes: [new(1, "roof", "#c8281e"), new(2, "water", "#2166ac")]);
        var labels = WritePolygons("labels.geojson", "kind", ("roof", 8, 5, 12, 8), ("2", 18, 19, 25, 20));

        var comparison = MapComparison.Of(map, labels, labelField: "kind");

        Assert.That((comparison.Matrix[0, 0], comparison.Matrix[0, 1], comparison.Matrix[1, 1], comparison.Matrix.Total), Is.EqualTo((6L, 6L, 2L, 14L)));
        Assert.That(() => MapComparison.Of(map, WritePolygons("far.geojson", "class", ("roof", 40, 0, 42, 2))), Throws.TypeOf<LabelException>().With.Message.Contains("no pixel's centre of"));
        Assert.That(() => MapComparison.Of(map, WritePolygons("other.geojson", "class", ("tree", 0, 0, 2, 2))),
            Throws.TypeOf<SceneException>().With.Message.Contains("'tree' (1 polygons) are not in").And.Message.Contains("1 roof, 2 water"));
        Assert.That(() => MapComparison.Of(map, labels, task: TaskDescriptor.Load("enmap-cdl"), labelField: "kind"), Throws.TypeOf<LabelException>().With.Message.Contains("Leave --task out"));
    }

    [Test]
    public void Polygons_on_a_map_that_names_no_classes_need_codes()
    {
        var map = Write("map.tif", 20, 20, Place, (_, column) => column < 10 ? 1 : 2);

        var comparison = MapComparison.Of(map, WritePolygons("codes.geojson", "class", ("1", 8, 5, 12, 8)));

        Assert.That((comparison.Matrix[0, 0], comparison.Matrix[0, 1]), Is.EqualTo((6L, 6L)));
        Assert.That(() => MapComparison.Of(map, WritePolygons("names.geojson", "class", ("roof", 8, 5, 12, 8))), Throws.TypeOf<LabelException>().With.Message.Contains("labels 'roof' are no codes").And.Message.Contains("--checkpoint"));
    }

    [Test]
    public void A_map_outside_the_UTM_zones_of_WGS_84_takes_no_polygons_and_is_named()
    {
        var map = Write("map.tif", 20, 20, Place, (_, _) => 1, epsg: 25833);

        Assert.That(() => MapComparison.Of(map, WritePolygons("labels.geojson", "class", ("1", 8, 5, 12, 8))), Throws.TypeOf<LabelException>().With.Message.StartsWith($"{map}: EPSG:25833; polygons are drawn"));
    }

    private string WritePolygons(string name, string field, params (string Label, int Left, int Top, int Right, int Bottom)[] boxes)
    {
        var features = boxes.Select(box =>
        {
            var ((left, top), (right, bottom)) = (Place.ToMap(box.Left, box.Top), Place.ToMap(box.Right, box.Bottom));
            return string.Create(CultureInfo.InvariantCulture,
                $$"""{"type":"Feature","properties":{"{{field}}":"{{box.Label}}"},"geometry":{"type":"Polygon","coordinates":[[[{{left}},{{top}}],[{{right}},{{top}}],[{{right}},{{bottom}}],[{{left}},{{bottom}}],[{{left}},{{top}}]]] } }""");
        });
        File.WriteAllText(folder.File(name), $$"""{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:32633"} },"features":[{{string.Join(",", features)}}]}""");
        return folder.File(name);
    }

    private string WriteCodes(string name, int width, int height, Func<int, uint> codeOfRow)
    {
        var path = folder.File(name);
        GeoTiffWriter.WriteImage<uint>(path, new RasterGrid(width, height, Place, 32633), 1, new TiffEncoding { RowsPerStrip = 4 }, null, (first, rows, codes) =>
        {
            for (var pixel = 0; pixel < rows * width; pixel++)
                codes[pixel] = codeOfRow(first + (pixel / width));
        });
        return path;
    }

    private string Write(string name, int width, int height, GeoTransform place, Func<int, int, int> code, int epsg = 32633, IReadOnlyList<LabelClass>? classes = null)
    {
        var path = folder.File(name);
        GeoTiffWriter.WriteClasses(path, new RasterGrid(width, height, place, epsg), classes ?? [], noData: 0, (first, rows, codes) =>
        {
            for (var pixel = 0; pixel < rows * width; pixel++)
                codes[pixel] = (byte)code(first + (pixel / width), pixel % width);
        });
        return path;
    }
}
