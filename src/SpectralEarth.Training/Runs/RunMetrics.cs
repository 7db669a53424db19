using Serilog;
using Serilog.Events;
using SpectralEarth.Training.Monitoring;

namespace SpectralEarth.Training.Runs;

/// <summary>The curves of a run: metrics.csv and TensorBoard events, from one step on.</summary>
internal sealed class RunMetrics : IDisposable
{
    private readonly MetricsFile file;
    private readonly EventFile events;
    private readonly long totalSteps, logEvery;
    private readonly ILogger log;
    private bool isFailing;

    /// <summary>Opens the files; rows and points after <paramref name="stepsDone"/> steps are void and come again.</summary>
    /// <exception cref="InvalidDataException">metrics.csv has another header.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public RunMetrics(RunFolder folder, long stepsDone, long totalSteps, long logEvery, ILogger log)
    {
        (this.totalSteps, this.logEvery, this.log) = (totalSteps, logEvery, log);
        file = MetricsFile.OpenAfter(folder.MetricsPath, stepsDone);
        events = new EventFile(folder.TensorBoardPath, stepsDone + 1);
    }

    /// <summary>Writes a step, if it is one to be logged; a full disk stops nothing, and the log is told of it once.</summary>
    public void Record(StepReport report)
    {
        if (report.Step % logEvery != 0 && report.Step != totalSteps && report.IsFinite)
            return;
        try
        {
            file.Write(report);
            events.Write(report.Step, ("loss", report.Loss), ("learning_rate", report.LearningRate), ("gradient_norm", report.GradientNorm),
                ("patches_per_second", report.PatchesPerSecond), ("data_wait_share", report.DataWaitShare), ("resident_mb", report.ResidentBytes / 1048576.0),
                ("gigaflops_per_second", report.GigaflopsPerSecond), ("peak_share", report.PeakShare));
            log.Debug("Step {Step}: loss {Loss}, learning rate {LearningRate}, gradient norm {GradientNorm}, {PatchesPerSecond} patches/s, data wait {DataWaitShare}, {GigaflopsPerSecond} GFLOP/s, share of peak {PeakShare}, {ResidentBytes} bytes",
                report.Step, report.Loss, report.LearningRate, report.GradientNorm, report.PatchesPerSecond, report.DataWaitShare, report.GigaflopsPerSecond, report.PeakShare, report.ResidentBytes);
            if (isFailing)
                log.Information("Metrics are written again, from step {Step} on with those that were kept back", report.Step);
            isFailing = false;
        }
        catch (IOException error)
        {
            log.Write(isFailing ? LogEventLevel.Debug : LogEventLevel.Warning, "Metrics of step {Step} could not be written; training goes on, and they are tried again at every step: {Reason}", report.Step, error.Message);
            isFailing = true;
        }
    }

    /// <summary>Closes the files; a full disk is told to the log, so that the checkpoint is tried nevertheless.</summary>
    public void Dispose()
    {
        Finish("rows of metrics.csv", file.WriteWaiting);
        Finish("points of the TensorBoard events", events.Dispose);
        file.Dispose();
    }

    private void Finish(string what, Action finish)
    {
        try
        {
            finish();
        }
        catch (IOException error)
        {
            log.Warning("The last {What:l} could not be written: {Reason}", what, error.Message);
        }
    }
}
