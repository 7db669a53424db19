using static TorchSharp.torch;

namespace SpectralEarth.Tests;

/// <summary>One thread for the small tensors of these tests: waiting for others costs more than they do, on a busy machine by far.</summary>
[SetUpFixture]
public sealed class OneTorchThread
{
    private int before;

    [OneTimeSetUp]
    public void Begin()
    {
        _ = SpectralEarth.Models.OneDnn.IsUsed;
        before = get_num_threads();
        set_num_threads(1);
    }

    [OneTimeTearDown]
    public void End()
    {
        set_num_threads(before);
        SpectralEarth.Training.FinalizerGate.OpenForGood();
    }
}
