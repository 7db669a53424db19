using System.Globalization;
using SpectralEarth.Tasks.Baselines;

namespace SpectralEarth.Tasks.Benchmarking;

/// <summary>One run of a benchmark: a method with a seed on a task.</summary>
/// <param name="Task">Data set and recipe.</param>
/// <param name="Checkpoint">Encoder; null for baselines that need none.</param>
/// <param name="Protocol">How it is trained; null for baselines.</param>
/// <param name="Baseline">Baseline; null for fine-tuning.</param>
/// <param name="Seed">Seed.</param>
public sealed record BenchmarkCell(BenchmarkTask Task, BenchmarkCheckpoint? Checkpoint, BenchmarkProtocol? Protocol, BaselineMethod? Baseline, long Seed)
{
    /// <summary>Name of what is compared, for example "pretrained, frozen" or "random_forest".</summary>
    public string Method => string.Join(", ", Parts);

    /// <summary>Run folder inside the benchmark's.</summary>
    public string Folder => Path.Combine([Task.Name, .. Parts, string.Create(CultureInfo.InvariantCulture, $"seed-{Seed}")]);

    private IEnumerable<string> Parts => new[] { Checkpoint?.Name, Protocol?.Name, Baseline is { } baseline ? KeyNames.Of(baseline) : null }.OfType<string>();

    /// <summary>All cells of a plan, task by task, baselines first; without the baselines that make no sense for a task.</summary>
    public static IEnumerable<BenchmarkCell> Of(BenchmarkPlan plan) =>
        from task in plan.Tasks
        from method in Methods(plan, task)
        from seed in plan.Seeds
        select new BenchmarkCell(task, method.Checkpoint, method.Protocol, method.Baseline, seed);

    /// <summary>Overrides of the task's recipe: its own, the encoder's, the protocol's, and the seed.</summary>
    public IReadOnlyList<string> Overrides(BenchmarkPlan plan) =>
    [
        .. Task.Set, .. Checkpoint?.Set ?? [], .. Protocol?.Set ?? [],
        .. plan.SeedKeys.Select(key => string.Create(CultureInfo.InvariantCulture, $"{key}={Seed}")),
    ];

    private static IEnumerable<(BenchmarkCheckpoint? Checkpoint, BenchmarkProtocol? Protocol, BaselineMethod? Baseline)> Methods(BenchmarkPlan plan, BenchmarkTask task)
    {
        var baselines = plan.Baselines.Except(plan.Unsuitable(task)).ToArray();
        foreach (var baseline in baselines.Where(method => !method.NeedsCheckpoint()))
            yield return (null, null, baseline);
        foreach (var checkpoint in plan.Checkpoints)
        {
            foreach (var baseline in baselines.Where(method => method.NeedsCheckpoint()))
                yield return (checkpoint, null, baseline);
            foreach (var protocol in plan.ProtocolsFor(task))
                yield return (checkpoint, protocol, null);
        }
    }
}
