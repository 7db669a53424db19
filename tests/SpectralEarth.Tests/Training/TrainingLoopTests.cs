using SpectralEarth.Checkpoints;
using SpectralEarth.Distribution;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Loading;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Monitoring;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tests.Training;

public sealed class TrainingLoopTests
{
    private static readonly PretrainRecipe Recipe = TinyRecipe.Recipe with { Steps = 12, CheckpointEvery = 3, MaxNonFiniteSteps = 0, MaxReturns = 2 };

    private TemporaryFolder folder = null!;
    private Dataset data = null!;

    [SetUp]
    public void MakeData()
    {
        folder = new TemporaryFolder();
        data = Dataset.Open(TinyDataset.Write(folder.File("data")));
    }

    [TearDown]
    public void DeleteData() => folder.Dispose();

    [Test]
    public void Run_that_went_wrong_returns_to_the_checkpoint_and_leaves_out_the_batches_since()
    {
        var bad = BatchOfStep(7);
        var log = new LogList();

        var (seen, _) = Run("run", batch => batch.SequenceEqual(bad), log);

        // Steps 0 to 7, then from the checkpoint after step 6 on with the batches that follow the bad one.
        Assert.That(seen.Select(item => item.Step), Is.EqualTo(new long[] { 0, 1, 2, 3, 4, 5, 6, 7, 6, 7, 8, 9, 10, 11 }));
        Assert.That(seen.Skip(8).Select(item => item.Batch), Is.EqualTo(Enumerable.Range(8, 6).Select(step => BatchOfStep(step))));
        Assert.That(log.Warnings, Has.One.Contains("Returned to the checkpoint of step 6"));
        Assert.That(File.ReadAllLines(folder.File("run/returns.csv")), Has.Length.EqualTo(2).And.ItemAt(1).Contains(",NaN,").And.ItemAt(1).EndsWith(",6,2"));
        Assert.That(MetricsFile.Read(folder.File("run/metrics.csv")).Select(row => row.Step), Is.EqualTo(Enumerable.Range(1, 12)));
    }

    [Test]
    public void Run_warns_of_keys_that_the_shape_of_its_schedule_has_no_use_for()
    {
        var log = new LogList();

        _ = Run("run", _ => false, log, Recipe with { Schedule = new ScheduleRecipe { Milestones = [1] } });

        Assert.That(log.Warnings, Has.One.Contains("schedule.milestones is [1], but schedule.shape is cosine"));
    }

    [Test]
    public void Run_killed_after_a_return_ends_like_an_uninterrupted_one()
    {
        var bad = BatchOfStep(7);
        _ = Run("straight", batch => batch.SequenceEqual(bad));

        _ = Run("killed", batch => batch.SequenceEqual(bad), take: 9);
        var (seen, _) = Run("killed", batch => batch.SequenceEqual(bad));

        Assert.That(seen[0].Batch, Is.EqualTo(BatchOfStep((int)seen[0].Step + 2)), "the order of the data stays ahead by two steps");
        Assert.That(Weights("killed"), Is.EqualTo(Weights("straight")));
    }

    [Test]
    public void Run_that_keeps_going_wrong_stops_after_the_allowed_returns()
    {
        int[][] good = [.. Enumerable.Range(0, 4).Select(BatchOfStep)];

        var error = Assert.Throws<DivergenceException>(() => Run("run", batch => !good.Any(batch.SequenceEqual)));

        Assert.That(error!.Message, Does.Contain("returned to a checkpoint 2 times").And.Contain("learning_rate"));
        Assert.That(File.ReadAllLines(folder.File("run/returns.csv")), Has.Length.EqualTo(3));
    }

    [Test]
    public void Run_that_goes_wrong_again_before_the_next_checkpoint_returns_to_the_one_before()
    {
        int[][] bad = [.. Enumerable.Range(7, 2).Select(BatchOfStep)];

        var (seen, _) = Run("run", batch => bad.Any(batch.SequenceEqual), recipe: Recipe with { KeepCheckpoints = 3 });

        // Step 7 goes wrong, then step 6 on the batch after: from the checkpoint after step 3 on, with the batches that follow.
        Assert.That(seen.Select(item => item.Step).Skip(7), Is.EqualTo(new long[] { 7, 6, 3, 4, 5, 6, 7, 8, 9, 10, 11 }));
        Assert.That(seen.Skip(9).Select(item => item.Batch), Is.EqualTo(Enumerable.Range(9, 9).Select(BatchOfStep)));
        Assert.That(File.ReadAllLines(folder.File("run/returns.csv")).Skip(1).Select(line => line.Split(',')[^2]), Is.EqualTo(new[] { "6", "3" }));
        Assert.That(File.Exists(folder.File("run/checkpoints/step-00000006.safetensors.diverged")));
    }

    [TestCase(3)]
    [TestCase(1)]
    public void Checkpoint_made_in_trouble_displaces_none_and_is_set_aside_on_return(int keep)
    {
        var recipe = Recipe with { MaxNonFiniteSteps = 1, KeepCheckpoints = keep };
        var (bad, next) = (BatchOfStep(4), BatchOfStep(5));
        bool IsBad(int[] batch) => batch.SequenceEqual(bad) || batch.SequenceEqual(next);
        _ = Run("run", IsBad, recipe: recipe, cancelAfter: 5);          // Ctrl-C after the first of two bad steps
        Assert.That(File.Exists(folder.File("run/checkpoints/step-00000005.safetensors")));

        var (seen, _) = Run("run", IsBad, recipe: recipe);

        Assert.That(seen.Select(item => item.Step).Take(2), Is.EqualTo(new long[] { 5, 3 }));
        Assert.That(File.Exists(folder.File("run/checkpoints/step-00000005.safetensors.diverged")));
        Assert.That(Directory.GetFiles(folder.File("run/checkpoints"), "*.safetensors"), Has.Length.EqualTo(keep), "calm ones delete what piled up");
    }

    [Test]
    public void Shortage_of_memory_names_the_keys_that_help()
    {
        const long Huge = 1L << 46;                                     // 256 TB: more than the address space
        using var quiet = new ShortQuiet();                             // TorchSharp then waits for finalizers

        var error = Assert.Throws<InsufficientMemoryException>(() => Run("run", _ => empty(Huge).IsInvalid));

        Assert.That(error!.Message, Does.Contain("batch_size 4").And.Contain("accumulate").And.Contain("recompute").And.Contain("precision"));
    }

    [Test]
    public void Shortage_of_memory_for_a_checkpoint_says_so()
    {
        const long Huge = 1L << 46;
        using var quiet = new ShortQuiet();
        using var run = RunFolder.Claim(folder.File("run"));
        using var trainee = new LineTrainee(Recipe, data.Manifest.Patches, _ => false) { MakeMemory = () => new() { ["huge"] = empty(Huge) } };
        using var checkpoints = new RunCheckpoints(run, trainee, Description(), Recipe, data.Manifest.Fingerprint, Serilog.Core.Logger.None, new SingleRank());

        var error = Assert.Throws<InsufficientMemoryException>(() => checkpoints.Save(new RunPosition { Step = 1, Updates = 1, Layout = "", DataFingerprint = "" }));

        Assert.That(error!.Message, Does.Contain("the copy that a checkpoint is written from").And.Contain("encoder.width").And.Not.Contain("batch_size"));
    }

    [Test]
    public void Milestone_waits_until_the_checkpoint_before_is_written()
    {
        using var run = RunFolder.Claim(folder.File("run"));
        using var trainee = new LineTrainee(Recipe, data.Manifest.Patches, _ => false);
        using var checkpoints = new RunCheckpoints(run, trainee, Description(), Recipe, data.Manifest.Fingerprint, Serilog.Core.Logger.None, new SingleRank())
        {
            Writer = new CheckpointWriter
            {
                Write = (path, tensors, metadata) =>
                {
                    Thread.Sleep(TimeSpan.FromSeconds(2));      // longer than another checkpoint would wait
                    SafeTensorsFile.Write(path, tensors, metadata);
                },
            },
        };

        Continue(1, isMilestone: false);
        Continue(2, isMilestone: true);

        Assert.That(checkpoints.IsSaved(2));

        void Continue(long step, bool isMilestone) =>
            checkpoints.Continue(isDue: true, isMilestone, () => new RunPosition { Step = step, Updates = step, Layout = "", DataFingerprint = "" }, TimeSpan.Zero);
    }

    [Test]
    public void Checkpoint_holds_the_state_of_its_step_although_training_goes_on()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        using var writer = new CheckpointWriter();
        using var state = arange(100_000, float32);

        var writing = writer.Begin(folder.File("state.safetensors"), new Dictionary<string, Tensor> { ["state"] = state }, new Dictionary<string, string>());
        state.zero_();
        writing.GetAwaiter().GetResult();

        using var file = SafeTensorsFile.Open(folder.File("state.safetensors"));
        using var saved = file.Read("state");
        Assert.That(saved.data<float>().ToArray(), Is.EqualTo(Enumerable.Range(0, 100_000).Select(value => (float)value)));
    }

    private int[] BatchOfStep(int step) =>
        new SampleOrder(SampleSet.OfPatches(Enumerable.Range(0, data.Manifest.Patches)), Recipe.BatchSize, Recipe.Seed).Batches(step).First();

    private (List<(long Step, int[] Batch)> Seen, List<StepReport> Reports) Run(
        string name, Func<int[], bool> isBad, LogList? log = null, PretrainRecipe? recipe = null, int take = int.MaxValue, long cancelAfter = long.MaxValue)
    {
        recipe ??= Recipe;
        using var run = RunFolder.Claim(folder.File(name));
        using var cancel = new CancellationTokenSource();
        using var trainee = new LineTrainee(recipe, data.Manifest.Patches, isBad);
        var loop = new TrainingLoop(run, data, SampleSet.OfPatches(Enumerable.Range(0, data.Manifest.Patches)), trainee, Description(), recipe,
            log?.Logger ?? Serilog.Core.Logger.None);
        loop.Resume();
        var reports = new List<StepReport>();
        foreach (var report in loop.Steps(cancel.Token).Take(take))
        {
            reports.Add(report);
            if (report.Step >= cancelAfter)
                cancel.Cancel();
        }

        return (trainee.Seen, reports);
    }

    private ModelDescription Description() => new()
    {
        Architecture = ModelDescription.EncoderOnlyArchitecture,
        EncoderOnly = Recipe.EncoderOn(data.Manifest),
        Bands = data.Manifest.Bands,
        WavelengthsNm = data.Manifest.WavelengthsNm,
        Mean = [.. data.Manifest.Bands.Select(_ => 0.0)],
        StandardDeviation = [.. data.Manifest.Bands.Select(_ => 1.0)],
        NoData = data.Manifest.NoData,
        PixelSizeM = 30,
        Provenance = new Provenance("test", "test", data.Manifest.Fingerprint, 0),
    };

    private byte[] Weights(string run)
    {
        using var file = SafeTensorsFile.Open(folder.File($"{run}/checkpoints/step-00000012.safetensors"));
        using var weight = file.Read("model.line.weight");
        return weight.bytes.ToArray();
    }

    /// <summary>Learns the mean digital number of a patch by a line through one of its pixels; some batches give NaN.</summary>
    private sealed class LineTrainee : ITrainee
    {
        private readonly TorchSharp.Modules.Sequential network = Sequential(("line", Linear(1, 1)));
        private readonly Func<int[], bool> isBad;
        private readonly TrainingStep training;

        public LineTrainee(PretrainRecipe recipe, int patches, Func<int[], bool> isBad)
        {
            this.isBad = isBad;
            using (no_grad())
            {
                network.get_parameter("line.weight")!.fill_(0.5);
                network.get_parameter("line.bias")!.fill_(0.1);
            }

            training = new TrainingStep(network, recipe.Optimizer.Rules(), recipe, patches);
        }

        public List<(long Step, int[] Batch)> Seen { get; } = [];

        public Module Network => network;

        public FlatParameters Parameters => training.Parameters;

        public FlatOptimizer Optimizer => training.Optimizer;

        public Func<Dictionary<string, Tensor>> MakeMemory { get; init; } = () => [];

        public IReadOnlyDictionary<string, Tensor> Memory => MakeMemory();

        public StepReport Train(long index, IReadOnlyList<PatchBatch> parts)
        {
            Seen.Add((index, [.. parts.SelectMany(part => part.Indices)]));
            return training.Run(index, parts, Loss);
        }

        public void Dispose()
        {
            training.Dispose();
            network.Dispose();
        }

        private Tensor Loss(PatchBatch part)
        {
            using var scope = NewDisposeScope();
            var length = part.Pixels.Length / part.Indices.Length;
            var pixels = tensor(part.Pixels, [part.Indices.Length, length]).to_type(ScalarType.Float32) / 1000;
            var loss = (network.forward(pixels.narrow(1, length / 2, 1)) - pixels.mean([1], keepdim: true)).square().mean();
            return (isBad(part.Indices) ? loss * double.NaN : loss).MoveToOuterDisposeScope();
        }
    }
}
