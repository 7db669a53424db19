using Serilog;
using Serilog.Core;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Tasks.Benchmarking;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Training;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Tasks;

public sealed class BenchmarkTests
{
    private static readonly RunOrigin Origin = new("0.1.0-test", "spectralearth benchmark", "plan.yaml");

    private const string Methods = """
        checkpoints:
          - name: pretrained
            path: mae.safetensors
          - name: random
            path: mae.safetensors
            set: [initial_weights=random]
        protocols:
          - name: frozen
            set: [freeze=encoder]
        baselines: [majority]
        """;

    private TemporaryFolder folder = null!;

    [SetUp]
    public void Prepare()
    {
        folder = new TemporaryFolder();
        LabelledDataset.Write(folder.File("data"));
        TinyEncoder.WriteMae(folder.File("mae.safetensors"));
        File.WriteAllText(folder.File("finetune.yaml"), """
            steps: 3
            batch_size: 4
            evaluate_every: 3
            decoder: linear
            threads: 1
            loader_threads: 1
            device: cpu
            test_time_augmentation: false
            register_labels: false
            """);
        WritePlan("seeds: [1, 2]");
    }

    [TearDown]
    public void Clean() => folder.Dispose();

    [Test]
    public void Every_cell_runs_once_and_the_table_holds_means_and_deviations_over_seeds()
    {
        var reports = Run();

        var table = new BenchmarkTable(reports);
        var row = table.Rows.Single(row => row is { Method: "pretrained, frozen", Score: "macro_f1" });
        double[] values = [.. reports.Where(report => report.Cell.Method == "pretrained, frozen").Select(report => ((ConfusionScores)report.Result!.Test!).MacroF1)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reports.Select(report => report.Failure), Is.All.Null);
            Assert.That(reports.Select(report => (report.Cell.Method, report.Cell.Seed)), Is.EqualTo(new[]
            {
                ("majority", 1L), ("majority", 2L), ("pretrained, frozen", 1L), ("pretrained, frozen", 2L), ("random, frozen", 1L), ("random, frozen", 2L),
            }));
            Assert.That(row.Mean, Is.EqualTo(values.Average()).Within(1e-12));
            Assert.That(row.Deviation, Is.EqualTo(Math.Abs(values[0] - values[1]) / Math.Sqrt(2)).Within(1e-12));
            Assert.That(row.Seeds, Is.EqualTo(2));
            Assert.That(File.ReadAllText(folder.File("out/benchmark.html")), Does.Contain("Split by block").And.Contain("pretrained, frozen").And.Contain(">seeds</th>"));
            Assert.That(table.Of("field").Lines.Select(line => (line[0], line[1])), Is.EqualTo(new[] { ("majority", "2"), ("pretrained, frozen", "2"), ("random, frozen", "2") }));
            Assert.That(File.ReadAllLines(folder.File("out/table.csv"))[0], Is.EqualTo("task,method,score,mean,deviation,seeds,low,high"));
            Assert.That(File.ReadAllLines(folder.File("out/cells.csv")), Has.Some.Contains("field,\"random, frozen\",2,macro_f1,"));
        }
    }

    [Test]
    public void A_finished_cell_is_not_run_again_and_a_missing_one_is()
    {
        WritePlan("seeds: [1]");
        _ = Run();
        var scores = folder.File("out/field/pretrained/frozen/seed-1/metrics.json");
        var written = File.GetLastWriteTimeUtc(scores);
        Directory.Delete(folder.File("out/field/random/frozen/seed-1"), recursive: true);
        var table = File.ReadAllText(folder.File("out/cells.csv"));
        File.WriteAllText(folder.File("out/field/majority/seed-1/metrics.json"), "{\"format\": \"of another version\"}");

        var again = Run();

        Assert.That(File.GetLastWriteTimeUtc(scores), Is.EqualTo(written));
        Assert.That(again.Select(report => report.WasFinished), Is.EqualTo(new[] { false, true, false }));
        Assert.That(again.Select(report => report.Failure), Is.All.Null);
        Assert.That(File.ReadAllText(folder.File("out/cells.csv")), Is.EqualTo(table));
    }

    [Test]
    public void A_cell_that_fails_is_named_with_its_reason_and_the_rest_goes_on()
    {
        File.Delete(folder.File("mae.safetensors"));

        var reports = Run();

        Assert.That(reports.Select(report => report.Failure is null), Is.EqualTo(new[] { true, true, false, false, false, false }));
        Assert.That(reports[^1].Failure, Does.Contain("mae.safetensors"));
        Assert.That(File.ReadAllText(folder.File("out/benchmark.html")), Does.Contain("Failed").And.Contain("mae.safetensors"));
    }

    [TestCase("segmentation")]
    [TestCase("multi_label")]
    public void A_cell_that_diverges_is_named_with_its_reason_and_the_rest_goes_on(string task)
    {
        WritePlan("seeds: [1]", set: $"set: [task={task}, register_labels=false]",
            methods: Methods.Replace("protocols:", "protocols:\n  - name: hot\n    set: [optimizer.learning_rate=1e30]", StringComparison.Ordinal));

        var reports = Run();

        Assert.That(reports.Select(report => (report.Cell.Protocol?.Name, report.Failure is null)), Is.EqualTo(new (string?, bool)[]
        {
            (null, true), ("hot", false), ("frozen", true), ("hot", false), ("frozen", true),
        }));
        Assert.That(reports[1].Failure, Does.Contain("not numbers").And.Contain("Lower optimizer.learning_rate"));
    }

    [Test]
    public void A_finished_cell_of_another_recipe_is_not_taken_for_this_ones()
    {
        WritePlan("seeds: [1]");
        _ = Run();
        File.AppendAllText(folder.File("finetune.yaml"), "\naverage_decay: 0.5\n");

        var reports = Run();

        Assert.That(reports.Select(report => report.Failure), Is.All.Contains("average_decay").And.All.Contains("To run the cell again as the plan says: delete"));
    }

    [Test]
    public void Finished_cells_of_another_split_are_refused_baselines_too()
    {
        WritePlan("seeds: [1]", methods: "baselines: [majority, logistic_regression]");
        File.AppendAllText(folder.File("finetune.yaml"), "\nsplit:\n  file: split.csv\n");
        var dataset = Dataset.Open(folder.File("data"));
        var places = dataset.Catalog.Count;
        WriteSplit(test: places / 2);
        _ = Run();
        WriteSplit(test: places / 3);

        var reports = Run();

        Assert.That(reports.Select(report => report.Failure), Is.All.Contains("was begun with another split").And.All.Contains("To run the cell again as the plan says: delete"));

        void WriteSplit(int test) => SplitFile.Write(folder.File("data/split.csv"), dataset, new DatasetSplit
        {
            Train = [.. Enumerable.Range(test, places - test)],
            Validation = [],
            Test = [.. Enumerable.Range(0, test)],
            DroppedLocations = 0,
        });
    }

    [Test]
    public void Finished_cells_of_another_data_set_are_refused_baselines_too()
    {
        WritePlan("seeds: [1]", methods: "baselines: [majority, logistic_regression]");
        _ = Run();
        File.Delete(folder.File("out/field/logistic_regression/seed-1/run.yaml"));
        Directory.Delete(folder.File("data"), recursive: true);
        LabelledDataset.Write(folder.File("data"), stride: LabelledDataset.PatchSize / 2);

        var reports = Run();

        Assert.That(reports[0].Failure, Does.Contain("was begun with data set").And.Contain("To run the cell again as the plan says: delete"));
        Assert.That(reports[1].Failure, Does.Contain("run.yaml is missing"));
    }

    [Test]
    public void A_cell_whose_folder_holds_a_run_of_another_kind_says_that_it_may_be_deleted()
    {
        WritePlan("seeds: [1]", methods: "baselines: [majority]");
        _ = Run();
        var info = folder.File("out/field/majority/seed-1/run.yaml");
        File.WriteAllText(info, File.ReadAllText(info).Replace("kind: baseline", "kind: finetune", StringComparison.Ordinal));

        var report = Run().Single();

        Assert.That(report.Failure, Does.Contain("holds a finetune run, not a baseline run").And.Contain("To run the cell again as the plan says: delete"));
    }

    [Test]
    public void A_finished_cell_is_of_the_weights_not_of_the_place_where_they_lie()
    {
        WritePlan("seeds: [1]");
        _ = Run();
        File.Move(folder.File("mae.safetensors"), folder.File("moved.safetensors"));
        WritePlan("seeds: [1]", methods: Methods.Replace("mae.", "moved.", StringComparison.Ordinal));
        var moved = Run();
        TinyEncoder.WriteMae(folder.File("moved.safetensors"), seed: 8);

        var retrained = Run();

        Assert.That(moved.Select(report => report.WasFinished), Is.All.True);
        Assert.That(retrained.Where(report => report.Cell.Checkpoint is not null).Select(report => report.Failure), Is.All.Contains("with the weights").And.All.Contains("To run the cell again as the plan says: delete"));
    }

    [Test]
    public void Plans_that_cannot_run_are_refused_with_all_reasons()
    {
        WritePlan("seeds: [1, 1]", name: "a/b");

        Assert.That(() => BenchmarkPlan.Read(folder.File("plan.yaml")), Throws.TypeOf<RecipeException>().With.Message.StartsWith("The plan cannot run:\n").And.Message.Contains("different numbers").And.Message.Contains("a/b"));
    }

    [Test]
    public void Slips_in_what_a_plan_sets_are_all_refused_before_the_first_cell()
    {
        WritePlan("seeds: [1, 2]\nseed_keys: [sed]", set: "set: []\n  - { name: other, data: data, recipe: finetune.yaml, set: [batch_size=many] }", methods: """
            checkpoints: [{ name: pretrained, path: mae.safetensors, set: [initial_weights=chance] }]
            protocols: [{ name: cubic, set: [decoder=cubic] }, { name: elsewhere, set: [decoder=linear] }]
            baselines: [majority]
            """);

        var lines = Assert.Throws<RecipeException>(() => Run())!.Message.Split('\n');

        string[] slips = ["--set batch_size=many", "--set initial_weights=chance", "--set decoder=cubic", "--set sed=1: unknown key 'sed'; did you mean 'seed'?"];
        Assert.That(slips.Select(slip => lines.Count(line => line.Contains(slip, StringComparison.Ordinal))), Is.All.EqualTo(1));
        Assert.That(lines, Has.Length.EqualTo(1 + slips.Length));
        Assert.That(Directory.Exists(folder.File("out")), Is.False);
    }

    [Test]
    public void Broken_rules_of_what_a_plan_sets_are_all_refused_before_the_first_cell()
    {
        File.AppendAllText(folder.File("finetune.yaml"), "\nepochs: 0\n");
        WritePlan("seeds: [1, 2]", methods: """
            checkpoints: [{ name: pretrained, path: mae.safetensors }]
            protocols:
              - { name: back, set: [epochs=1, optimizer.learning_rate=-1] }
              - { name: little, set: [epochs=1, batch_size=0] }
            baselines: [majority]
            """);

        var lines = Assert.Throws<RecipeException>(() => Run())!.Message.Split('\n');

        string[] broken = ["field: epochs must be", "field: optimizer.learning_rate must be", "field: batch_size must be at least 1 but is 0."];
        Assert.That(broken.Select(rule => lines.Count(line => line.Contains(rule, StringComparison.Ordinal))), Is.All.EqualTo(1), string.Join('\n', lines));
        Assert.That(lines, Has.Length.EqualTo(1 + broken.Length));
        Assert.That(Directory.Exists(folder.File("out")), Is.False);
    }

    [Test]
    public void Only_recipes_that_a_cell_runs_with_are_looked_at()
    {
        File.AppendAllText(folder.File("finetune.yaml"), "\nepochs: 0\n");
        WritePlan("seeds: [1]", methods: """
            checkpoints: [{ name: pretrained, path: mae.safetensors }]
            protocols: [{ name: frozen, set: [epochs=1] }]
            """);
        Assert.That(() => BenchmarkPlan.Read(folder.File("plan.yaml")), Throws.Nothing);

        WritePlan("seeds: [1]", set: "set: [epochs=1]", methods: "protocols: [{ name: unused, set: [batch_sice=0] }]\nbaselines: [majority]");
        Assert.That(() => BenchmarkPlan.Read(folder.File("plan.yaml")), Throws.Nothing);
    }

    [Test]
    public void The_table_shows_the_scores_of_the_task_first_and_those_that_only_some_seeds_have()
    {
        WritePlan("seeds: [1, 2]", set: "set: [task=multi_label]", methods: "baselines: [majority]");
        var reports = Run();
        CellReport WithPrecision(CellReport report, double? precision) =>
            report with { Result = report.Result! with { Test = (MultiLabelScores)report.Result.Test! with { MacroAveragePrecision = precision }, TestIntervals = Bootstrap.NoIntervals } };

        var table = new BenchmarkTable([WithPrecision(reports[0], null), WithPrecision(reports[1], 0.5)]);

        var (header, lines) = table.Of("field");
        Assert.That(header, Is.EqualTo(new[] { "method", "seeds", "macro average precision", "micro average precision", "macro f1", "micro f1", "mean iou" }));
        Assert.That(lines.Single().Take(3), Is.EqualTo(new[] { "majority", "2", "0.500, 1 of 2 seeds" }));
        Assert.That(table.Rows.Select(row => (row.Score, row.Seeds)), Has.Member(("patches", 2)).And.Member(("decision_accuracy", 2)).And.Member(("macro_average_precision", 1)));
    }

    [Test]
    public void Without_a_test_the_scores_of_the_validation_are_shown_and_without_both_nothing_is_trained()
    {
        WritePlan("seeds: [1]", set: "set: [split.test_fraction=0]");
        var validated = Run();
        var page = File.ReadAllText(folder.File("out/benchmark.html"));
        WritePlan("seeds: [1]", name: "nothing", set: "set: [split.test_fraction=0, split.validation_fraction=0]");

        var refused = Run();

        Assert.That(validated.Select(report => report.Failure), Is.All.Null);
        Assert.That(validated.Select(report => (report.Result!.Validation as ConfusionScores)?.MacroF1), Is.All.Not.Null);
        Assert.That(page, Does.Contain("none test: the scores are those of the"));
        Assert.That(refused.Select(report => report.Failure), Is.All.Contains("neither test nor validation"));
        Assert.That(refused.Select(report => report.Failure), Has.None.Contains("delete"), "which would mend nothing");
        Assert.That(File.Exists(folder.File("out/nothing/pretrained/frozen/seed-1/metrics.csv")), Is.False);
    }

    [Test]
    public void Tasks_of_whole_patches_have_baselines_and_their_own_scores()
    {
        WritePlan("seeds: [1]", set: "set: [task=multi_label]", methods: "baselines: [majority, logistic_regression, ridge_regression]");

        var reports = Run();

        var (header, lines) = new BenchmarkTable(reports).Of("field");
        Assert.That(header[2], Is.EqualTo("macro average precision"));
        Assert.That(lines.Select(line => (line[0], line[2].Length > 0)), Is.EqualTo(new[] { ("majority", true), ("logistic_regression", true) }));
        Assert.That(reports.Select(report => report.Failure), Is.EqualTo(new string?[] { null, null }));
    }

    [Test]
    public void A_plan_of_several_kinds_runs_what_suits_each_and_tells_what_it_leaves_out()
    {
        LabelledDataset.Write(folder.File("numbers"), classes: [], targets: shares => [new("meadow", shares[0])]);
        File.WriteAllText(folder.File("plan.yaml"), """
            tasks:
              - { name: field, data: data, recipe: finetune.yaml }
              - { name: sets, data: data, recipe: finetune.yaml, set: [task=multi_label] }
              - { name: shares, data: numbers, recipe: finetune.yaml, set: [task=regression] }
            checkpoints: [{ name: pretrained, path: mae.safetensors }]
            protocols:
              - { name: frozen, set: [freeze=encoder] }
              - { name: fused, set: [decoder=fusion, spectral_probe=false], tasks: [field] }
            baselines: [majority, logistic_regression, ridge_regression]
            """);
        var log = new LogList();

        var reports = Run(log.Logger);

        var page = File.ReadAllText(folder.File("out/benchmark.html"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reports.Select(report => report.Failure), Is.All.Null);
            Assert.That(reports.Select(report => (report.Cell.Task.Name, report.Cell.Method)), Is.EqualTo(new[]
            {
                ("field", "majority"), ("field", "logistic_regression"), ("field", "pretrained, frozen"), ("field", "pretrained, fused"),
                ("sets", "majority"), ("sets", "logistic_regression"), ("sets", "pretrained, frozen"),
                ("shares", "majority"), ("shares", "ridge_regression"), ("shares", "pretrained, frozen"),
            }));
            Assert.That(log.Warnings.Count(line => line.Contains("Baselines left out", StringComparison.Ordinal)), Is.EqualTo(3));
            Assert.That(page, Does.Contain("Baselines left out, as they make no sense for task regression: logistic_regression.").And.Contain("task segmentation: ridge_regression."));
        }
    }

    [Test]
    public void Protocols_of_unknown_tasks_and_tasks_with_nothing_to_run_are_refused()
    {
        WritePlan("seeds: [1]", methods: Methods.Replace("set: [freeze=encoder]", "tasks: [feild]", StringComparison.Ordinal));
        Assert.That(() => BenchmarkPlan.Read(folder.File("plan.yaml")), Throws.TypeOf<RecipeException>().With.Message.Contains("protocol frozen is for task feild").And.Message.Contains("'field'"));

        WritePlan("seeds: [1]", methods: "baselines: [ridge_regression]");
        Assert.That(() => BenchmarkPlan.Read(folder.File("plan.yaml")), Throws.TypeOf<RecipeException>().With.Message.Contains("nothing is left to run on field"));
    }

    [Test]
    public void Names_whose_folders_hold_something_else_are_refused()
    {
        WritePlan("seeds: [1]", name: "features", methods: """
            checkpoints: [{ name: majority, path: mae.safetensors }]
            protocols: [{ name: linear_probe }]
            baselines: [linear_probe, linear_probe]
            """);

        Assert.That(() => BenchmarkPlan.Read(folder.File("plan.yaml")), Throws.TypeOf<RecipeException>()
            .With.Message.Contains("tasks has features").And.Message.Contains("checkpoints has majority")
            .And.Message.Contains("protocols has linear_probe").And.Message.Contains("named twice"));
    }

    private IReadOnlyList<CellReport> Run(ILogger? log = null) =>
        [.. new BenchmarkRun(BenchmarkPlan.Read(folder.File("plan.yaml")), folder.File("out"), Origin, log ?? Logger.None).Cells(CancellationToken.None)];

    private void WritePlan(string seeds, string name = "field", string methods = Methods, string set = "set: []") => File.WriteAllText(folder.File("plan.yaml"), $"""
        tasks:
          - name: {name}
            data: data
            recipe: finetune.yaml
            {set}
        {methods}
        {seeds}
        """);
}
