using SpectralEarth.Training;

namespace SpectralEarth.EndToEnd.Tests;

/// <summary>Tests that train in this process close the gate; left closed it would hold up the end of the process.</summary>
[SetUpFixture]
public sealed class OpenFinalizerGate
{
    [OneTimeTearDown]
    public void Open() => FinalizerGate.OpenForGood();
}
