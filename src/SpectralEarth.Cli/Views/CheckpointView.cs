using SpectralEarth.Checkpoints;
using static System.FormattableString;

namespace SpectralEarth.Cli.Views;

/// <summary>Checkpoints, comparisons and imports as tables.</summary>
internal static class CheckpointView
{
    private static readonly string[] TensorHeader = ["tensor", "part", "type", "shape", "numbers"];
    private static readonly string[] DifferenceHeader = ["tensor", "differs in", "norm A", "norm B", "norm A - B", "largest"];

    internal static void Show(Terminal terminal, CheckpointReport report)
    {
        terminal.Result(report.Path, Rows(report));
        terminal.Result("tensors", TensorHeader, report.Tensors.Select(row =>
            new[] { row.Name, Words(row.Part), row.Type, $"[{string.Join(", ", row.Shape)}]", Invariant($"{row.Numbers:N0}") }));
    }

    internal static void Show(Terminal terminal, WeightComparison comparison)
    {
        terminal.Say($"A {comparison.PathA}");
        terminal.Say($"B {comparison.PathB}");
        if (comparison.Differences.Count > 0)
            terminal.Result("differing tensors", DifferenceHeader, comparison.Differences.Select(row =>
                new[] { row.Key, row.Kind, Number(row.NormA), Number(row.NormB), Number(row.NormOfDifference), Number(row.LargestDifference) }));
        terminal.Result($"{Amount.Of(comparison.Equal, "tensor is", "tensors are")} equal, {Amount.Of(comparison.Differences.Count, "differs", "differ")}");
    }

    internal static void Show(Terminal terminal, WeightImportReport report)
    {
        terminal.Say($"matched {Amount.Of(report.Matched.Count, "tensor")} of architecture {report.Description.Architecture}");
        terminal.Say($"missing {(report.Missing.Count == 0 ? "none" : string.Join(", ", report.Missing) + " (counters, set to 0)")}");
        terminal.Say($"left over {(report.LeftOver.Count == 0 ? "none" : "")}");
        foreach (var (part, names) in report.LeftOver)
            terminal.Say($"  {Words(part)}, {names.Count}: {string.Join(", ", names)}");
        foreach (var note in report.Notes)
            terminal.Warn(note);
        terminal.Result(Path.GetDirectoryName(report.Path)!);
    }

    private static IEnumerable<(string Name, string Value)> Rows(CheckpointReport report)
    {
        yield return ("format", report.Format);
        yield return ("size", Invariant($"{report.Bytes:N0} bytes"));
        yield return ($"XXH3 ({report.ChecksumOf})", report.Checksum);
        foreach (var part in report.Parts)
            yield return (Words(part.Part), Invariant($"{Amount.Of(part.Tensors, "tensor")}, {Amount.Of(part.Numbers, "number", format: "N0")}, {part.Bytes:N0} bytes"));
        if (report.Description is { } model)
        {
            var (shape, from) = (model.Encoder, model.Provenance);
            yield return ("architecture", $"{model.Architecture}: {shape.Summary}");
            if (model.LabelOffset is { } offset)
                yield return ("images moved", $"by {offset}, onto the training labels");
            yield return ("input", Invariant($"{shape.Bands} bands, {model.WavelengthsNm[0]:0.##} to {model.WavelengthsNm[^1]:0.##} nm; {shape.PatchSize} x {shape.PatchSize} pixels of {model.PixelSizeM:0.##} m"));
            if (model.Classes.Count > 0)
                yield return ("classes", string.Join(", ", model.Classes.Select(item => Invariant($"{item.Code} {item.Name}"))));
            if (model.Targets.Count > 0)
                yield return ("targets", string.Join(", ", model.Targets.Select(target => $"{target.Name} {target.Unit}".TrimEnd())));
            yield return ("recipe", Invariant($"{from.Recipe}, step {from.Step:N0}"));
            yield return ("data", from.DataFingerprint);
            yield return ("program", from.ProgramVersion);
            if (from.ImportedFrom is { } source)
                yield return ("imported from", source);
        }

        foreach (var (name, value) in report.Values)
            yield return (name, value.Length > 120 ? value[..120] + " ..." : value);
        if (report.Recipe is { } recipe)
            yield return ("recipe.yaml", recipe.TrimEnd());
    }

    private static string Words(WeightPart part) => part switch
    {
        WeightPart.MomentumEncoder => "momentum encoder",
        WeightPart.MomentumHead => "momentum head",
        _ => part.ToString().ToLowerInvariant(),
    };

    private static string Number(double? value) => value is { } number ? Invariant($"{number:0.######e+0}") : "";
}
