using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Splits;
using SpectralEarth.Storage;
using SpectralEarth.Tasks;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Runs;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

/// <summary>What fine-tuning takes and refuses: labels, splits, checkpoints, rules of the recipe.</summary>
public sealed class FinetuneInputTests : FinetuneFixture
{
    [Test]
    public void Labels_of_no_class_are_listed()
    {
        Data = LabelledDataset.Write(Folder.File("odd"), code => code == 4 ? 77 : code);

        Assert.That(() => Open("run"), Throws.TypeOf<LabelException>().With.Message.Contains("77").And.Message.Contains("9 water"));
    }

    [Test]
    public void A_data_set_without_labels_is_refused()
    {
        Data = LabelledDataset.Write(Folder.File("plain"), classes: []);

        Assert.That(() => Open("run"), Throws.TypeOf<RecipeException>().With.Message.Contains("--labels"));
    }

    [Test]
    public void A_data_set_whose_pixels_are_all_unlabelled_is_refused()
    {
        Data = LabelledDataset.Write(Folder.File("blank"), _ => 0);

        Assert.That(() => Open("run"), Throws.TypeOf<LabelException>().With.Message.Contains("no patch has a labelled pixel"));
    }

    [Test]
    public void Every_key_is_in_the_documentation()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/finetune-keys.md"));

        var keys = RecipeFile.ToYaml(new FinetuneRecipe()).Split('\n').Where(line => line.Length > 0 && char.IsAsciiLetter(line[0])).Select(line => line.Split(':')[0]);

        Assert.That(keys.Where(key => !page.Contains($"`{key}`", StringComparison.Ordinal) && !page.Contains($"`{key}.", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void A_split_that_leaves_a_part_empty_is_refused() =>
        Assert.That(() => Open("run", Tiny with { Split = new SplitRecipe { BlockSize = 50 } }), Throws.TypeOf<LabelException>().With.Message.Contains("Set split.block_size lower"));

    [Test]
    public void Smaller_blocks_than_one_patch_are_not_advised()
    {
        Data = LabelledDataset.Write(Folder.File("one"), stride: 200);

        Assert.That(() => Open("run", Tiny with { Split = new SplitRecipe { BlockSize = 1 } }), Throws.TypeOf<LabelException>()
            .With.Message.Contains("blocks of 1 x 1 patches").And.Message.Contains("Tile with a smaller --patch-size").And.Not.Message.Contains("block_size lower"));
    }

    [Test]
    public void A_split_file_says_what_is_trained_and_tested_on()
    {
        var split = SplitLocations("split.csv", index => index < 15 ? "train" : index < 20 ? "validation" : "test");
        var recipe = Tiny with { Steps = 2, Split = new SplitRecipe { File = "split.csv" } };

        using var run = Open("run", recipe);
        _ = run.Steps().Count();
        var result = run.Finish();

        Assert.That((run.Split.Train.Count, run.Split.Validation.Count, run.Split.Test.Count), Is.EqualTo((15, 5, 5)));
        Assert.That(run.Split.Test.Select(index => Dataset.Open(Data).Catalog[index].LocationId), Is.EqualTo(split[20..]));
        Assert.That(result.Split.BlockSize, Is.Null);
        Assert.That(File.ReadAllText(run.Folder.ReportPath), Does.Contain("read from a file"));
    }

    [Test]
    public void Going_on_with_a_changed_split_file_is_refused()
    {
        SplitLocations("split.csv", index => index < 15 ? "train" : "test");
        var recipe = Tiny with { Steps = 2, Split = new SplitRecipe { File = "split.csv" } };
        Train("run", recipe);
        SplitLocations("split.csv", index => index < 14 ? "train" : "test");

        Assert.That(() => Open("run", recipe), Throws.TypeOf<OtherRunException>().With.Message.Contains("another split"));
    }

    [Test]
    public void A_split_file_that_shares_locations_or_has_nothing_to_train_on_is_refused()
    {
        var recipe = Tiny with { Split = new SplitRecipe { File = "split.csv" } };
        SplitLocations("split.csv", _ => "test");
        Assert.That(() => Open("run", recipe), Throws.TypeOf<LabelException>().With.Message.Contains("no labelled patch is left for training"));
        File.AppendAllText(Path.Combine(Data, "split.csv"), $"{Dataset.Open(Data).Catalog[3].LocationId},train\n");
        Assert.That(() => Open("run", recipe), Throws.TypeOf<DatasetException>().With.Message.Contains("two parts"));
    }

    [Test]
    public void A_split_file_goes_with_the_recipe_of_the_real_scene_as_it_is()
    {
        var recipe = RecipeFile.Read<FinetuneRecipe>(ProgramFolder.Locate("checkpoints/potsdam-land-cover/finetune.yaml"), ["split.file=split.csv", "spectral_probe=false", "register_labels=false"]);
        SplitLocations("split.csv", index => index < 15 ? "train" : "test");

        using var run = Open("run", recipe);

        Assert.That((recipe.Split.BlockSize, run.Split.Train.Count), Is.EqualTo(((int?)1, 15)));
        Assert.That(run.Warnings, Has.One.EqualTo("A key of the recipe has no effect: split.block_size is 1, but split.csv says where each location belongs."));
    }

    [Test]
    public void Locations_that_a_split_file_drops_are_told_without_advice_on_blocks()
    {
        SplitLocations("split.csv", index => index < 15 ? "train" : index < 20 ? "dropped" : "test");
        using var run = Open("run", Tiny with { Steps = 1, Split = new SplitRecipe { File = "split.csv" } });
        _ = run.Steps().Count();

        var warnings = run.Finish().Warnings;

        Assert.That(warnings, Has.One.EqualTo("5 locations are in no part of split.csv."));
        Assert.That(warnings, Has.None.Contains("block_size"));
    }

    [Test]
    public void A_checkpoint_of_other_bands_is_refused_naming_both()
    {
        Encoder = TinyEncoder.WriteMae(Folder.File("wide.safetensors"), TinyEncoder.Config with { Bands = 80 });

        Assert.That(() => Open("run"), Throws.TypeOf<BandMismatchException>().With.Message.Contains("lacks band 77").And.Message.Contains("data set: 76 bands").And.Message.Contains("checkpoint: 80 bands"));
    }

    [Test]
    public void A_data_set_with_more_bands_than_the_checkpoint_is_seen_through_the_checkpoints()
    {
        Train("same", Tiny with { Steps = 2 });
        Data = LabelledDataset.Write(Folder.File("more"), bands: 90);

        Train("of-more", Tiny with { Steps = 2 });

        Assert.That(Bytes("of-more", "best.safetensors").Length, Is.EqualTo(Bytes("same", "best.safetensors").Length));
        Assert.That(SplitEvaluation.Run(Folder.File("of-more"), Data, new EvaluationOptions { Part = EvaluationOptions.AllParts, TestTimeAugmentation = false }).Patches, Is.EqualTo(25));
    }

    [Test]
    public void Bands_of_another_sensor_are_refused_unless_the_recipe_matches_them_by_wavelength()
    {
        Data = LabelledDataset.Write(Folder.File("other"), bands: 80, firstBand: 101, shiftNm: -9);
        var recipe = Tiny with { Steps = 2, Bands = BandUse.Nearest };

        Assert.That(() => Open("refused", Tiny), Throws.TypeOf<BandMismatchException>().With.Message.Contains("data set: 80 bands").And.Message.Contains("checkpoint: 76 bands"));
        using (var run = Open("run", recipe))
        {
            _ = run.Steps().Count();
            Assert.That(run.Finish().Warnings, Has.Some.Contains("bands: nearest"));
        }

        using var network = TrainedSegmentation.Open(Folder.File("run"));
        Assert.That(network.Description.Bands, Is.EqualTo(Enumerable.Range(102, 76)), "9 nm below: the next band is nearer");
        Assert.That(network.Description.WavelengthsNm[0], Is.EqualTo(417.5));
        Assert.That(SplitEvaluation.Run(Folder.File("run"), Data, new EvaluationOptions { Part = EvaluationOptions.AllParts, TestTimeAugmentation = false }).Patches, Is.EqualTo(25));
    }

    [Test]
    public void Bands_too_far_away_are_refused_even_by_wavelength_but_an_adapter_takes_them_as_they_are()
    {
        Data = LabelledDataset.Write(Folder.File("far"), bands: 82, shiftNm: 100);

        Assert.That(() => Open("refused", Tiny with { Bands = BandUse.Nearest }), Throws.TypeOf<BandMismatchException>().With.Message.Contains("more than 10 nm away"));
        using var run = Open("run", Tiny with { Steps = 2, Bands = BandUse.OfData });
        _ = run.Steps().Count();
        Assert.That(run.Finish().Warnings, Has.Some.Contains("whatever the checkpoint's wavelengths"));
    }

    [Test]
    public void A_checkpoint_of_larger_windows_than_the_patches_is_refused_naming_both()
    {
        Encoder = TinyEncoder.WriteMae(Folder.File("large.safetensors"), TinyEncoder.Config with { PatchSize = 32 });

        Assert.That(() => Open("run"), Throws.TypeOf<CheckpointException>().With.Message.Contains("32 pixels").And.Message.Contains("have 16"));
    }

    [Test]
    public void Going_on_with_another_checkpoint_is_refused()
    {
        Train("run", Tiny with { Steps = 2 });
        Encoder = TinyEncoder.WriteMae(Folder.File("other.safetensors"), seed: 99);

        Assert.That(() => Open("run", Tiny with { Steps = 2 }), Throws.TypeOf<OtherRunException>().With.Message.Contains("was begun with the weights"));
    }

    [Test]
    public void A_refused_run_gives_back_as_many_tensors_as_one_that_is_disposed()
    {
        var recipe = Tiny with { Steps = 2 };
        Train("run", recipe);
        var disposed = Left(() => Open("run", recipe).Dispose());
        Encoder = Folder.File("empty.safetensors");
        using (var mae = SafeTensorsFile.Open(Folder.File("mae.safetensors")))
            SafeTensorsFile.Write(Encoder, new Dictionary<string, Tensor>(), new Dictionary<string, string> { [ModelDescription.MetadataKey] = mae.Metadata[ModelDescription.MetadataKey] });
        var unloaded = Left(() => Assert.That(() => Open("new", recipe), Throws.TypeOf<CheckpointException>().With.Message.Contains("missing")));
        Encoder = TinyEncoder.WriteMae(Folder.File("other.safetensors"), seed: 99);

        var refused = Left(() => Assert.That(() => Open("run", recipe), Throws.TypeOf<OtherRunException>().With.Message.Contains("was begun with the weights")));

        Assert.That((unloaded, refused), Is.EqualTo((disposed, disposed)));

        // TorchSharp counts each parameter of a module once more than it disposes it, so that some are always left.
        static long Left(Action action)
        {
            GC.Collect();
            FinalizerGate.Drain();
            var before = Tensor.TotalCount;
            action();
            return Tensor.TotalCount - before;
        }
    }

    [Test]
    public void All_broken_rules_are_listed_with_their_keys() =>
        Assert.That(() => Open("run", Tiny with { LayerDecay = 0, Split = new SplitRecipe { TestFraction = 0.7, ValidationFraction = 0.4 }, Loss = new LossRecipe { LabelSmoothing = 1 } }),
            Throws.TypeOf<RecipeException>().With.Message.Contains("layer_decay").And.Message.Contains("split.test_fraction 0.7").And.Message.Contains("loss.label_smoothing"));

    [Test]
    public void Values_in_messages_have_the_names_that_recipes_give_them() =>
        Assert.That(() => Open("run", Tiny with { Split = new SplitRecipe { By = SplitUnit.Scene, BlockSize = 2 }, Loss = new LossRecipe { Form = LossForm.SquaredError } }),
            Throws.TypeOf<RecipeException>().With.Message.Contains("no meaning with by scene").And.Message.Contains("but is squared_error"));

    [Test]
    public void More_trained_blocks_than_the_encoder_has_and_patience_without_validation_are_refused()
    {
        SplitLocations("split.csv", index => index < 15 ? "train" : "test");
        var recipe = Tiny with { Freeze = FrozenPart.Encoder, TrainFirstBlocks = 99, Patience = 3, Split = new SplitRecipe { File = "split.csv" } };

        Assert.That(() => Open("run", recipe), Throws.TypeOf<RecipeException>()
            .With.Message.Contains($"at most {TinyEncoder.Config.Depth}, the blocks of the encoder, but is 99").And.Message.Contains("split.csv gives that part no labelled patch"));
    }

    [TestCase("decoder: linear\ndecoder_width: 32", "decoder_width is 32, but only")]
    [TestCase("task: multi_label\ndecoder: conv", "decoder is conv, but task multi_label")]
    [TestCase("task: regression\ndecoder_width: 32", "decoder_width is 32, but only")]
    [TestCase("split: {file: parts.csv, block_size: 1}", "split.block_size is 1, but parts.csv says")]
    [TestCase("precision: bfloat16", "precision is bfloat16, but a residual network")]
    [TestCase("recompute: true", "recompute is true, but only transformer blocks")]
    [TestCase("overlap_gradients: false", "overlap_gradients is false, but one process")]
    [TestCase("optimizer: {sharded: true}", "optimizer.sharded is true, but one process")]
    public void Each_key_without_effect_is_found(string keys, string message)
    {
        var recipe = RecipeFile.Parse<FinetuneRecipe>(keys, "test");

        var found = recipe.WithoutEffect(new EncoderConfig { Architecture = EncoderArchitecture.SpecResnet50 }).ToArray();

        Assert.That(found, Has.Length.EqualTo(1));
        Assert.That(found[0], Does.StartWith(message));
    }

    [Test]
    public void Keys_with_an_effect_are_left_in_peace_and_those_without_warn_but_do_not_stop_a_run()
    {
        var useful = RecipeFile.Parse<FinetuneRecipe>("decoder: upernet\ndecoder_width: 32\nprecision: bfloat16\nrecompute: true", "test");
        using var run = Open("run", Tiny with { Steps = 2, OverlapGradients = false });

        Assert.That(useful.WithoutEffect(new EncoderConfig()), Is.Empty);
        Assert.That(run.Warnings, Has.One.Contains("has no effect: overlap_gradients is false").And.None.Contains("decoder_width"));
        Assert.That(run.Steps().Count(), Is.EqualTo(2));
    }

    private string[] SplitLocations(string name, Func<int, string> part)
    {
        string[] locations = [.. Dataset.Open(Data).Catalog.Select(info => info.LocationId)];
        File.WriteAllText(Path.Combine(Data, name), $"location_id,part\n{string.Concat(locations.Select((location, index) => $"{location},{part(index)}\n"))}");
        return locations;
    }
}
