using SpectralEarth.Training.Measuring;
using static System.FormattableString;

namespace SpectralEarth.Cli.Views;

/// <summary>Measurements and plans as tables or JSON.</summary>
internal static class BenchView
{
    internal static void Show(Terminal terminal, StepMeasurement step, LoaderMeasurement? loader, bool asJson)
    {
        if (asJson)
        {
            terminal.Result(Json.Of(new { Step = step, Loader = loader }));
            return;
        }

        var total = step.Work.Sum(stage => stage.Total);
        terminal.Result("operations of a step", ["stage", "forward (GFLOP)", "backward (GFLOP)", "share"], step.Work.Select(stage =>
            (string[])[stage.Stage, Invariant($"{stage.Forward / 1e9:N2}"), Invariant($"{stage.Backward / 1e9:N2}"), Invariant($"{100 * stage.Total / total:0.0} %")]));
        terminal.Result("measured", Rows(step, loader));
    }

    internal static void Show(Terminal terminal, TrainingPlan plan, bool asJson)
    {
        if (asJson)
            terminal.Result(Json.Of(plan));
        else
            terminal.Result("plan", Rows(plan));
    }

    private static IEnumerable<(string Name, string Value)> Rows(StepMeasurement step, LoaderMeasurement? loader)
    {
        yield return ("machine", Invariant($"{step.Device}, {step.Threads} threads, products in {step.Precision.ToString().ToLowerInvariant()}"));
        yield return ("parameters", Invariant($"{step.Parameters:N0}"));
        yield return ("matrix product", Invariant($"{step.PeakGigaflopsPerSecond:N1} GFLOP/s"));
        yield return ("step", Invariant($"{step.StepSeconds:0.000} s for batch_size {step.BatchSize}: {step.PatchesPerSecond:0.00} patches/s"));
        yield return ("achieved", Invariant($"{step.GigaflopsPerSecond:N1} GFLOP/s, {100 * step.PeakShare:0.0} % of the matrix product"));
        yield return ("peak memory", Invariant($"{step.PeakMemoryBytes / 1e6:N0} MB (of the process)"));
        if (loader is null)
            yield break;
        yield return ("loading", Invariant($"{loader.PatchesPerSecond:N1} patches/s, {loader.MegabytesPerSecond:N0} MB/s of pixels, {loader.Threads} threads"));
        yield return ("data wait", loader.PatchesPerSecond >= step.PatchesPerSecond ? "none: loading is faster than training" : "training will wait: raise loader_threads");
    }

    private static IEnumerable<(string Name, string Value)> Rows(TrainingPlan plan)
    {
        yield return ("data set", Invariant($"{plan.Patches:N0} patches, about {plan.DatasetBytes / 1e9:N1} GB on disk"));
        yield return ("parameters", Invariant($"{plan.Parameters:N0}"));
        yield return ("steps", Invariant($"{plan.Steps:N0} of {plan.OperationsPerStep / 1e12:N2} TFLOP"));
        yield return ("machine", Invariant($"{plan.Gpus} GPUs of {plan.PeakTeraflopsPerSecond:N0} TFLOP/s, {100 * plan.AssumedShare:0} % of that reached"));
        yield return ("time", Invariant($"{plan.Hours:N1} hours"));
        yield return ("reading", Invariant($"{plan.PatchesPerSecond:N0} patches/s, {plan.ReadMegabytesPerSecond:N0} MB/s from disk, over all GPUs"));
        yield return ("checkpoints", Invariant($"{plan.CheckpointBytes / 1e9:N2} GB at a time"));
        yield return ("GPU memory", Invariant($"{plan.GpuMemoryBytes / 1e9:N2} GB per GPU"));
        yield return ("host memory", Invariant($"{plan.HostMemoryBytes / 1e9:N2} GB per GPU beside the program, and {plan.CheckpointCopyBytes / 1e9:N2} GB in the first process"));
    }
}
