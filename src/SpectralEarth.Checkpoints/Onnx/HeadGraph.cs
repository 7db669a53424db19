namespace SpectralEarth.Checkpoints.Onnx;

/// <summary>The graphs of the heads of <see cref="Models.ClassificationModel"/> and <see cref="Models.RegressionModel"/>.</summary>
internal static class HeadGraph
{
    private const string Prefix = "head";

    /// <summary>Features [B, D] to logits [B, L].</summary>
    internal static string Logits(OnnxGraph graph, string feature) => graph.Linear(feature, Prefix);

    /// <summary>Features [B, D] to numbers in the targets' units, [B, T].</summary>
    internal static string Estimates(OnnxGraph graph, string feature, IReadOnlyList<ModelTarget> targets)
    {
        var hidden = graph.Node("Relu", [graph.Linear(graph.Normalized(feature, Prefix + ".0"), Prefix + ".1")]);
        hidden = graph.Node("Relu", [graph.Linear(hidden, Prefix + ".4")]);
        var scaled = graph.Node("Mul", [graph.Linear(hidden, Prefix + ".7"), PerTarget(target => target.StandardDeviation)]);
        return graph.Node("Add", [scaled, PerTarget(target => target.Mean)]);

        string PerTarget(Func<ModelTarget, double> value) => graph.Constant([.. targets.Select(target => (float)value(target))], targets.Count);
    }
}
