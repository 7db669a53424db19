using Serilog.Core;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Testing;
using SpectralEarth.Training;
using SpectralEarth.Training.Optimization;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tests.Tasks;

/// <summary>A labelled data set, the checkpoint of a tiny encoder and runs that fine-tune it.</summary>
public abstract class FinetuneFixture
{
    private protected static readonly RunOrigin Origin = new("0.1.0-test", "spectralearth finetune", "tiny.yaml");

    /// <summary>A recipe of few steps, without what precedes them.</summary>
    private protected static readonly FinetuneRecipe Tiny = new()
    {
        RegisterLabels = false,
        SpectralProbe = false,
        BatchSize = 4,
        Steps = 60,
        EvaluateEvery = 15,
        DecoderWidth = 8,
        Optimizer = new OptimizerRecipe { LearningRate = 1e-2 },
        AverageDecay = 0.9,
        CheckpointEvery = 20,
        TestTimeAugmentation = false,
        Threads = 1,
        LoaderThreads = 1,
        Device = ComputeDevice.Cpu,
    };

    /// <summary>A recipe that learns in seconds.</summary>
    private protected static readonly FinetuneRecipe Learning = Tiny with { RegisterLabels = true, SpectralProbe = true };

    /// <summary>Everything lies in it.</summary>
    private protected TemporaryFolder Folder { get; private set; } = null!;

    /// <summary>The data set.</summary>
    private protected string Data { get; set; } = null!;

    /// <summary>The checkpoint of the encoder.</summary>
    private protected string Encoder { get; set; } = null!;

    [SetUp]
    public void Prepare()
    {
        Folder = new TemporaryFolder();
        Data = LabelledDataset.Write(Folder.File("data"));
        Encoder = TinyEncoder.WriteMae(Folder.File("mae.safetensors"));
    }

    [TearDown]
    public void Clean() => Folder.Dispose();

    /// <summary>Begins or resumes a run in a folder.</summary>
    private protected FinetuneRun Open(string name, FinetuneRecipe? recipe = null) =>
        FinetuneRun.OpenOrResume(Folder.File(name), Data, Encoder, recipe ?? Tiny, Origin, Logger.None);

    /// <summary>Runs all steps, without the test and the report, which take longer than they do.</summary>
    private protected void Train(string name, FinetuneRecipe recipe)
    {
        using var run = Open(name, recipe);
        _ = run.Steps().Count();
    }

    /// <summary>Runs to the end.</summary>
    private protected void TrainAndTest(string name, FinetuneRecipe recipe)
    {
        using var run = Open(name, recipe);
        _ = run.Steps().Count();
        _ = run.Finish();
    }

    /// <summary>A file of the checkpoints of a run.</summary>
    private protected byte[] Bytes(string run, string file) => File.ReadAllBytes(Folder.File($"{run}/checkpoints/{file}"));
}
