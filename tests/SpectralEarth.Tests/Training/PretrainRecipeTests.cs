using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Augmentation;
using SpectralEarth.Training.Measuring;
using SpectralEarth.Training.Objectives;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Training;

public sealed class PretrainRecipeTests
{
    private static readonly DatasetManifest Data = SyntheticPatches.Manifest(new PretrainRecipe(), 1000);

    [Test]
    public void Defaults_run_on_the_reference_data_and_are_its_ViT_S()
    {
        var recipe = new PretrainRecipe().Validated(Data);

        Assert.That(recipe.Mae!.Model(recipe.EncoderOn(Data)), Is.EqualTo(new MaeConfig()), "MaeConfig's defaults are SpectralEarth's.");
    }

    [Test]
    public void Yaml_round_trip_keeps_every_value()
    {
        var recipe = new PretrainRecipe
        {
            Steps = 77,
            CropSize = 64,
            Mae = new MaeRecipe { AdapterInput = AdapterInput.All },
            Normalization = NormalizationSource.Sensor,
            Augmentation = new AugmentationRecipe { ResizedCropScale = [0.4, 1] },
            Optimizer = new OptimizerRecipe { ClipGradients = null, Betas = [0.8, 0.9] },
            Schedule = new ScheduleRecipe { Shape = ScheduleShape.Constant, Interval = ScheduleInterval.Epoch },
        };

        var again = RecipeFile.Parse<PretrainRecipe>(RecipeFile.ToYaml(recipe), "test");

        Assert.That(RecipeDifference.Between(recipe, again), Is.Empty);
    }

    [Test]
    public void Keys_are_read_in_snake_case()
    {
        const string Yaml = """
            encoder: {width: 192, depth: 4, heads: 3, token_size: 8}
            mae: {mask_ratio: 0.75, adapter_input: all}
            normalization: sensor
            optimizer: {learning_rate: 1.0e-4, betas: [0.9, 0.999], decay_norms_and_biases: true, clip_gradients: null}
            schedule: {shape: cosine, interval: epoch, warmup_steps: 0}
            augmentation: {resized_crop_scale: [0.4, 1.0], rotations: false}
            """;

        var recipe = RecipeFile.Parse<PretrainRecipe>(Yaml, "test", ["batch_size=256", "optimizer.eps=1e-6"]);

        Assert.That(recipe.Encoder, Is.EqualTo(new EncoderRecipe { Width = 192, Depth = 4, Heads = 3, TokenSize = 8 }));
        Assert.That((recipe.Mae!.AdapterInput, recipe.Normalization, recipe.BatchSize), Is.EqualTo((AdapterInput.All, NormalizationSource.Sensor, 256)));
        Assert.That((recipe.Optimizer.Eps, recipe.Optimizer.ClipGradients, recipe.Optimizer.Rules().Count), Is.EqualTo((1e-6, (double?)null, 1)));
        Assert.That(recipe.Augmentation.ResizedCropScale, Is.EqualTo(new[] { 0.4, 1.0 }));
    }

    [TestCase("{size: giant}", 1536, 40, 24)]
    [TestCase("{}", 384, 12, 6)]
    [TestCase("{width: 192, heads: 3}", 192, 12, 3)]
    [TestCase("{size: base, width: 768}", 768, 12, 12)]
    public void A_size_stands_for_width_depth_and_heads(string encoder, int width, int depth, int heads)
    {
        var recipe = RecipeFile.Parse<PretrainRecipe>("encoder: " + encoder, "test").Validated(Data);

        var shape = recipe.EncoderOn(Data);

        Assert.That((shape.Width, shape.Depth, shape.Heads), Is.EqualTo((width, depth, heads)));
    }

    [Test]
    public void A_size_and_a_width_that_contradict_each_other_are_refused()
    {
        var recipe = RecipeFile.Parse<PretrainRecipe>("encoder: {size: base, width: 384}", "test");

        Assert.That(() => recipe.Validated(Data), Throws.TypeOf<RecipeException>()
            .With.Message.Contains("encoder.size base means width 768, depth 12, 12 heads, but the recipe says 384, 12, 12"));
    }

    [TestCase("spec_resnet50", true)]
    [TestCase("resnet50", false)]
    public void A_residual_network_has_no_size(string architecture, bool hasAdapter)
    {
        var rules = new RuleBook();
        rules.Include("encoder", RecipeFile.Parse<PretrainRecipe>($"encoder: {{architecture: {architecture}, size: base}}", "test").Encoder);
        var shape = RecipeFile.Parse<PretrainRecipe>($"encoder: {{architecture: {architecture}}}", "test").Encoder.Shape(202, 128);

        Assert.That((shape.HasAdapter, shape.IsTransformer, shape.FeatureWidth), Is.EqualTo((hasAdapter, false, 2048)));
        Assert.That(() => rules.Accept(rules), Throws.TypeOf<RecipeException>().With.Message.Contains("encoder.size, width, depth and heads are those of transformers"));
    }

    [TestCase("precision: bfloat16", "precision is bfloat16")]
    [TestCase("recompute: true", "recompute is true")]
    [TestCase("token_size: 8", "encoder.token_size is 8")]
    public void Keys_without_effect_on_a_residual_network_are_refused(string key, string message)
    {
        var (encoder, top) = key.StartsWith("token", StringComparison.Ordinal) ? (", " + key, "") : ("", key);
        var yaml = $"objective: moco_v2\naugmentation: {{resized_crop_scale: [0.4, 1]}}\nencoder: {{architecture: spec_resnet50{encoder}}}\n{top}";

        Assert.That(() => RecipeFile.Parse<PretrainRecipe>(yaml, "test").Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains(message));
        Assert.That(() => RecipeFile.Parse<PretrainRecipe>(yaml.Replace("spec_resnet50", "spec_vit", StringComparison.Ordinal), "test").Validated(Data), Throws.Nothing);
    }

    [TestCase("objective: dino\npositives: temporal\ndates: 9", "dates must lie between 2 and")]
    [TestCase("objective: moco_v2\npositives: temporal\ndates: 3", "dates must lie between 2 and 2")]
    [TestCase("objective: moco_v2\naugmentation: {resized_crop_scale: [0.08, 1]}\ndates: 3", "set positives to temporal")]
    public void More_dates_than_views_are_refused(string keys, string message)
    {
        var recipe = RecipeFile.Parse<PretrainRecipe>(keys, "recipe.yaml");

        Assert.That(() => recipe.Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains(message));
    }

    [Test]
    public void Steps_follow_from_epochs_unless_given()
    {
        Assert.That(new PretrainRecipe { Epochs = 3, BatchSize = 64 }.TotalSteps(1000), Is.EqualTo(47));
        Assert.That(new PretrainRecipe { Epochs = 3, Steps = 5 }.TotalSteps(1000), Is.EqualTo(5));
    }

    [Test]
    public void All_broken_rules_are_told_at_once_by_key()
    {
        var recipe = new PretrainRecipe
        {
            Encoder = new EncoderRecipe { Heads = 5, TokenSize = 7 },
            BatchSize = 0,
            Mae = new MaeRecipe { MaskRatio = 1.5 },
            Optimizer = new OptimizerRecipe { LearningRate = -1, Betas = [0.9] },
            Schedule = new ScheduleRecipe { FinalFactor = 2 },
            Augmentation = new AugmentationRecipe { ResizedCropScale = [0.9, 0.4] },
        };

        Assert.That(() => recipe.Validated(Data), Throws.TypeOf<RecipeException>()
            .With.Message.Contains("encoder.heads 5 must divide width 384")
            .And.Message.Contains("encoder.token_size 7 does not divide the window of 128 pixels (the data set's patch size)")
            .And.Message.Contains("batch_size")
            .And.Message.Contains("mae.mask_ratio must lie in (0, 1) but is 1.5")
            .And.Message.Contains("optimizer.learning_rate")
            .And.Message.Contains("optimizer.betas")
            .And.Message.Contains("schedule.final_factor")
            .And.Message.Contains("augmentation.resized_crop_scale"));
    }

    [TestCase("encoder: {width: 30, heads: 3}", "encoder.width must be a multiple of 4 for sine-cosine positions but is 30")]
    [TestCase("encoder: {width: 30, heads: 3}\nobjective: moco_v3", "encoder.width must be a multiple of 4 for sine-cosine positions but is 30")]
    [TestCase("encoder: {width: 30, heads: 3}\nobjective: moco_v2", null)]
    [TestCase("encoder: {width: 30, heads: 3}\nobjective: dino", null)]
    [TestCase("encoder: {depth: 0}\nobjective: dino", "encoder.depth must be positive but is 0")]
    [TestCase("encoder: {token_size: 0}", "encoder.token_size must be at least 1 but is 0")]
    [TestCase("mae: {decoder: {width: 30}}", "mae.decoder.width must be a multiple of 4 but is 30")]
    [TestCase("mae: {decoder: {heads: 5}}", "mae.decoder.heads 5 must divide width 512")]
    [TestCase("mae: {decoder: {predicted_share: 0}}", "mae.decoder.predicted_share must lie in (0, 1] but is 0")]
    public void Shapes_are_refused_where_their_objective_cannot_have_them(string yaml, string? message)
    {
        var recipe = RecipeFile.Parse<PretrainRecipe>(yaml, "test");
        if (recipe.Objective != PretrainObjective.Mae)
            recipe = recipe with { Augmentation = new() { ResizedCropScale = [0.1, 1] } };

        Assert.That(() => recipe.Validated(Data), message is null ? Throws.Nothing : Throws.TypeOf<RecipeException>().With.Message.Contains(message));
    }

    [TestCase("optimizer.learning_rate")]
    [TestCase("optimizer.eps")]
    [TestCase("optimizer.trust_coefficient")]
    [TestCase("optimizer.clip_gradients")]
    [TestCase("schedule.warmup_epochs")]
    [TestCase("divergence_factor")]
    [TestCase("moco_v2.temperature")]
    [TestCase("moco_v3.temperature")]
    [TestCase("dino.student_temperature")]
    [TestCase("dino.teacher_temperature.start")]
    [TestCase("dino.teacher_temperature.end")]
    public void Numbers_that_are_not_finite_are_refused_by_key(string key)
    {
        var objective = key.StartsWith("moco", StringComparison.Ordinal) || key.StartsWith("dino", StringComparison.Ordinal) ? key.Split('.')[0] : "mae";
        PretrainRecipe With(string value) =>
            RecipeFile.Parse<PretrainRecipe>("augmentation: {resized_crop_scale: [0.1, 1]}", "test", [$"objective={objective}", $"{key}={value}"]);

        foreach (var value in new[] { ".inf", ".nan", "-1" })
            Assert.That(() => With(value).Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains($"{key} must be "), value);
        Assert.That(() => With("2.5").Validated(Data), Throws.Nothing);
    }

    [TestCase(-1, 1, "threads must lie between 0 (all cores) and 1024 but is -1")]
    [TestCase(100_000, 1, "threads must lie between 0 (all cores) and 1024 but is 100000")]
    [TestCase(0, 0, "loader_threads must lie between 1 and 1024 but is 0")]
    [TestCase(0, 1025, "loader_threads must lie between 1 and 1024 but is 1025")]
    public void More_threads_than_any_machine_needs_are_refused(int threads, int loaderThreads, string message)
    {
        var recipe = new PretrainRecipe { Threads = threads, LoaderThreads = loaderThreads };

        Assert.That(() => recipe.Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains(message));
        Assert.That(() => (recipe with { Threads = 1024, LoaderThreads = 1024 }).Validated(Data), Throws.Nothing);
    }

    [Test]
    public void Wrong_band_count_names_both_numbers()
    {
        var recipe = new PretrainRecipe { Bands = 224 };

        Assert.That(() => recipe.Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains("224").And.Message.Contains("202"));
    }

    [Test]
    public void Too_few_bands_for_the_adapter_are_refused()
    {
        var few = Data with { Bands = [.. Enumerable.Range(1, 30)], WavelengthsNm = [.. Data.WavelengthsNm.Take(30)] };

        Assert.That(() => new PretrainRecipe().Validated(few), Throws.TypeOf<RecipeException>().With.Message.Contains("30 bands").And.Message.Contains("75"));
    }

    [TestCase(2048, 1, PositivePairs.Augmentation, 4)]
    [TestCase(2048, 2, PositivePairs.Augmentation, 2)]
    [TestCase(2048, 1, PositivePairs.Temporal, 8)]
    [TestCase(1031, 1, PositivePairs.Augmentation, 1031, PretrainObjective.Dino)]
    public void A_part_with_more_values_than_an_array_holds_is_refused_with_the_least_accumulate(
        int batch, int ranks, PositivePairs positives, int least, PretrainObjective objective = PretrainObjective.MocoV3)
    {
        var recipe = new PretrainRecipe { Objective = objective, BatchSize = batch, Positives = positives, Augmentation = new() { ResizedCropScale = [0.1, 1] } };

        Assert.That(() => recipe.Validated(Data, ranks), Throws.TypeOf<RecipeException>().With.Message.Contains($"raise accumulate to at least {least},"));
        Assert.That(() => (recipe with { Accumulate = least }).Validated(Data, ranks), Throws.Nothing);
    }

    [TestCase(PretrainObjective.MocoV2)]
    [TestCase(PretrainObjective.MocoV3)]
    public void A_part_of_one_sample_is_refused_where_a_head_normalizes_over_it(PretrainObjective objective)
    {
        var recipe = new PretrainRecipe { Objective = objective, BatchSize = 4, Augmentation = new() { ResizedCropScale = [0.1, 1] } };

        foreach (var single in new[] { recipe with { Accumulate = 4 }, recipe with { BatchSize = 1 } })
            Assert.That(() => single.Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains("leaves 1 in a part").And.Message.Contains("lower accumulate"));
        Assert.That(() => (recipe with { Accumulate = 0 }).Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains("accumulate must be at least 1"));
        Assert.That(() => (recipe with { Accumulate = 2 }).Validated(Data, ranks: 2), Throws.Nothing, "ranks share a part");
        Assert.That(() => (recipe with { Accumulate = 4, Objective = PretrainObjective.Dino }).Validated(Data), Throws.Nothing);
        Assert.That(() => (recipe with { BatchSize = 1031 }).Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains("one array can hold").And.Message.Not.Contains("raise accumulate"));
    }

    [TestCase(0.99, 0)]
    [TestCase(0.0, 16)]
    public void Mask_ratio_that_leaves_nothing_visible_or_hidden_is_refused(double ratio, int visible)
    {
        var recipe = new PretrainRecipe { Mae = new MaeRecipe { MaskRatio = ratio }, CropSize = 16 };

        Assert.That(() => recipe.Validated(Data), Throws.TypeOf<RecipeException>()
            .With.Message.Contains(visible == 0 ? "leaves 0 of 16 tokens visible" : "mask_ratio must lie in (0, 1) but is 0"));
    }

    [Test]
    public void Crop_larger_than_the_patch_is_refused()
    {
        Assert.That(() => new PretrainRecipe { CropSize = 256 }.Validated(Data), Throws.TypeOf<RecipeException>().With.Message.Contains("crop_size").And.Message.Contains("128 but is 256: set it to null"));
    }

    [Test]
    public void Every_key_is_in_the_documentation()
    {
        var pages = string.Concat(new[] { "pretrain-keys.md", "objectives.md" }.Select(page => File.ReadAllText(Path.Combine(Repository.Root, "docs", page))));

        var keys = RecipeFile.ToYaml(new PretrainRecipe { Mae = new(), MocoV2 = new(), MocoV3 = new(), Dino = new() }).Split('\n')
            .Where(line => line.Contains(':', StringComparison.Ordinal)).Select(line => line.Split(':')[0].Trim(' ', '-'));

        Assert.That(keys.Where(key => !pages.Contains($"`{key}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Differences_name_nested_keys_and_both_values()
    {
        var before = new PretrainRecipe();
        var after = before with { Seed = 2, Optimizer = before.Optimizer with { Betas = [0.9, 0.99] }, Steps = 4 };

        var differences = RecipeDifference.Between(before, after);

        Assert.That(differences.Select(difference => difference.Text),
            Is.EquivalentTo(new[] { "seed: 1 -> 2", "optimizer.betas: [0.9,0.95] -> [0.9,0.99]", "steps: null -> 4" }));
    }
}
