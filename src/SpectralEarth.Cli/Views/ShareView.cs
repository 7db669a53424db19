namespace SpectralEarth.Cli.Views;

/// <summary>Turns a share that is done into progress.</summary>
internal sealed class ShareView(Action<ProgressState> show, string text) : IProgress<double>
{
    public void Report(double value) => show(new ProgressState(value, text));
}
