using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class TaskFilesTests
{
    [TestCase("enmap-cdl", "enmap", TaskType.Segmentation, 14, 1200, 160, 240, 69, 73, 8)]
    [TestCase("enmap-nlcd", "enmap", TaskType.Segmentation, 15, 10125, 1350, 2025, 699, 751, 16)]
    [TestCase("enmap-corine", "enmap", TaskType.MultiLabel, 19, 8250, 1100, 1650, 649, 655, 32)]
    [TestCase("enmap-eurocrops", "enmap", TaskType.Segmentation, 15, 1260, 180, 360, 75, 76, 8)]
    [TestCase("enmap-bdforet", "enmap", TaskType.Segmentation, 12, 1912, 255, 383, 134, 138, 8)]
    [TestCase("enmap-treemap", "enmap", TaskType.Segmentation, 24, 7500, 1000, 1500, 436, 449, 16)]
    [TestCase("enmap-bnetd", "enmap", TaskType.Segmentation, 10, 1575, 210, 315, 68, 70, 16)]
    [TestCase("desis-cdl", "desis", TaskType.Segmentation, 14, 750, 100, 150, 39, 39, 8)]
    [TestCase("eo1-cdl", "eo1", TaskType.Segmentation, 14, 357, 82, 111, 16, 17, 8)]
    [TestCase("hyperview", "hyperview", TaskType.Regression, 0, 1385, 347, 0, null, null, 32)]
    public void Tasks_hold_the_published_facts(string name, string sensor, TaskType type, int classes,
        int train, int validation, int test, int? sharedScenes, int? testScenes, int batchSize)
    {
        var task = Read(name);

        Assert.That((task.Name, task.Sensor, task.Type), Is.EqualTo((name, sensor, type)));
        Assert.That(task.Classes, Has.Count.EqualTo(classes));
        Assert.That(task.IgnoreIndex, Is.EqualTo(type == TaskType.Segmentation ? classes : null));
        Assert.That((task.Splits!.Train, task.Splits.Validation, task.Splits.Test), Is.EqualTo((train, validation, test)));
        Assert.That((task.Splits.TestScenesSharedWithTrain, task.Splits.TestScenes), Is.EqualTo((sharedScenes, testScenes)));
        Assert.That(task.PublishedTraining!.BatchSizePerGpu, Is.EqualTo(batchSize));
        Assert.That(SensorCatalog.Names(), Does.Contain(task.Sensor));
    }

    [TestCaseSource(nameof(Names))]
    public void Codes_names_and_colours_are_unique_within_a_task(string name)
    {
        var classes = Read(name).Classes;

        Assert.That(classes.SelectMany(type => type.Codes), Is.Unique);
        Assert.That(classes.Select(type => type.Name), Is.Unique);
        Assert.That(classes.Select(type => Rgb.Parse(type.Color)), Is.Unique);
    }

    [Test]
    public void Class_lists_keep_the_published_order()
    {
        Assert.That(Codes("enmap-cdl"), Is.EqualTo(new long[] { 1, 2, 3, 4, 5, 6, 45, 54, 69, 72, 75, 76, 204, 210 }));
        Assert.That(Codes("desis-cdl"), Is.EqualTo(new long[] { 1, 2, 3, 5, 42, 43, 49, 54, 56, 68, 69, 75, 76, 204 }));
        Assert.That(Codes("eo1-cdl"), Is.EqualTo(new long[] { 1, 2, 3, 4, 5, 6, 41, 42, 43, 54, 69, 75, 76, 204 }));
        Assert.That(Codes("enmap-nlcd"), Is.EqualTo(new long[] { 11, 21, 22, 23, 24, 31, 41, 42, 43, 52, 71, 81, 82, 90, 95 }));
        Assert.That(Codes("enmap-bdforet"), Is.EqualTo(new long[] { 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 14, 16 }));
        Assert.That(Codes("enmap-bnetd"), Is.EqualTo(new long[] { 1, 2, 3, 6, 9, 10, 13, 15, 16, 21 }));
        Assert.That(Codes("enmap-treemap"), Is.EqualTo(new long[]
        {
            184, 185, 221, 924, 105, 503, 520, 706, 801, 201, 264, 266, 281, 301, 901, 406, 923, 142, 161, 602, 607, 608, 267, 371,
        }));
        Assert.That(Codes("enmap-eurocrops")[..3], Is.EqualTo(new[] { 3301090205, 3301010600, 3301090303 }));
        Assert.That(Read("enmap-corine").Classes[3].Codes, Is.EqualTo(new long[] { 221, 222, 223, 241 }));
        Assert.That(Codes("enmap-corine"), Has.Length.EqualTo(32));
        Assert.That(Read("hyperview").Targets, Is.EqualTo(new[] { "P", "K", "Mg", "pH" }));
    }

    [Test]
    public void A_task_of_ones_own_needs_no_published_facts()
    {
        using var folder = new TemporaryFolder();
        WriteTask(folder, """[{ codes: [100], name: wheat, color: "#aa8800" }]""");

        var task = TaskDescriptor.Load(folder.File("own"));

        Assert.That((task.IgnoreIndex, task.Splits, task.Metric, task.PublishedTraining, task.Source), Is.EqualTo(((int?)null, (TaskSplits?)null, (TaskMetric?)null, (TaskTraining?)null, (string?)null)));
        Assert.That(task.PublishedMetrics, Is.Empty);
    }

    [Test]
    public void Classes_that_cannot_be_told_apart_are_refused_naming_file_and_code()
    {
        using var folder = new TemporaryFolder();
        WriteTask(folder, """[{ codes: [100, 200], name: wheat, color: "#aa8800" }, { codes: [200], name: maize, color: green }, { codes: [], name: rye, color: "#aa0000" }, { codes: [300], name: wheat, color: "#aa0000" }]""");
        Assert.That(() => TaskDescriptor.Load(folder.File("own")), Throws.TypeOf<RecipeException>()
            .With.Message.StartsWith("The task cannot be used:\n").And.Message.Contains("task.yaml: code 200 stands in 'wheat' and 'maize'").And.Message.Contains("'green' of 'maize'").And.Message.Contains("'rye' has no codes")
            .And.Message.Contains("task.yaml: classes 1 and 4 have one name, 'wheat'"));

        WriteTask(folder, $"[{string.Join(", ", Enumerable.Range(1, 256).Select(code => $$"""{ codes: [{{code}}], name: c{{code}}, color: "#aa8800" }"""))}]");
        Assert.That(() => TaskDescriptor.Load(folder.File("own")), Throws.TypeOf<RecipeException>().With.Message.Contains("256 classes; expected 1 to 255"));
    }

    [Test]
    public void The_classes_of_the_real_scene_are_those_of_its_labels()
    {
        var file = RecipeFile.Read<ClassFile>(Path.Combine(ProgramFolder.Find("datasets"), "potsdam-land-cover", "classes.yaml"));

        Assert.That(file.Classes.Select(type => type.Code), Is.EqualTo(new[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(file.Classes.Select(type => type.Name), Is.EqualTo(new[] { "roof", "pavement", "low vegetation", "tree", "soil", "water" }));
        Assert.That(file.Classes.Select(type => Rgb.Parse(type.Color)), Is.Unique);
    }

    [Test]
    public void Every_dataset_folder_has_a_readme() =>
        Assert.That(Directory.GetDirectories(ProgramFolder.Find("datasets")), Has.All.Matches<string>(folder => File.Exists(Path.Combine(folder, "README.md"))));

    private static IEnumerable<string> Names() =>
        Directory.GetFiles(ProgramFolder.Find("datasets"), "task.yaml", SearchOption.AllDirectories)
            .Select(file => Path.GetFileName(Path.GetDirectoryName(file)!)).Order();

    private static void WriteTask(TemporaryFolder folder, string classes)
    {
        Directory.CreateDirectory(folder.File("own"));
        File.WriteAllText(folder.File("own/task.yaml"),
            $"name: own\ndescription: my fields\nsensor: enmap\ntype: segmentation\nimage_folder: images\nlabel_folder: labels\npatch_size: 16\nclasses: {classes}\n");
    }

    private static TaskDescriptor Read(string name) =>
        RecipeFile.Read<TaskDescriptor>(Path.Combine(ProgramFolder.Find("datasets"), name, "task.yaml"));

    private static long[] Codes(string name) => [.. Read(name).Classes.SelectMany(type => type.Codes)];

    private sealed record ClassFile
    {
        public required IReadOnlyList<LabelClass> Classes { get; init; }
    }
}
