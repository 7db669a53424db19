using System.Globalization;
using System.Text;
using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Exporting;

/// <summary>README.md of an exported model.</summary>
internal static class ModelCard
{
    /// <summary>torch's name of a number type.</summary>
    internal static string TypeName(ExportType type) => type.ToString().ToLowerInvariant();

    internal static string Of(ExportedModel model)
    {
        var (text, description, provenance) = (new StringBuilder(), model.Description, model.Description.Provenance);
        var (shape, license) = (description.Encoder, model.Options.License);
        text.Append("---\n").Append(license is null ? "" : $"license: {license}\n").Append("library_name: pytorch\ntags:\n- hyperspectral\n- remote-sensing\n---\n");
        text.Append(CultureInfo.InvariantCulture, $"# {(shape.HasAdapter ? "Spectral " : "")}{(shape.IsTransformer ? "ViT" : "ResNet-50")}, {model.Options.Part.ToString().ToLowerInvariant()}\n");
        Table(text,
        [
            ("architecture", $"{description.Architecture}: {shape.Summary}"),
            ("input", $"`[B, {shape.Bands}, {shape.PatchSize}, {shape.PatchSize}]`, pixels of {description.PixelSizeM} m, no data is {description.NoData}"),
            ("numbers", $"{model.Parameters:N0}, {TypeName(model.Options.Type)}"),
            ("recipe", $"{provenance.Recipe}"),
            ("optimizer steps", $"{provenance.Step:N0}"),
            ("data fingerprint", $"`{provenance.DataFingerprint}`"),
            ("program", $"spectralearth {provenance.ProgramVersion}"),
            ("imported from", $"{provenance.ImportedFrom ?? "-"}"),
            ("licence", $"{license ?? "not stated by who exported these weights; ask them before use"}"),
        ]);

        text.Append("\n## Metrics\n");
        if (model.Records.Metrics.Count == 0)
            text.Append("None are recorded beside the checkpoint.\n");
        else
            Table(text, [.. model.Records.Metrics.Select(metric => (metric.Name, (FormattableString)$"{metric.Value}"))]);

        text.Append("\n## Use\n").Append(shape is { HasAdapter: true, Adapter: not AdapterForm.Reference }
            ? "The spectral adapter is this program's own and not in timm: `spectralearth export --format onnx` gives the network to other programs.\n"
            : $"```python\n{TorchSnippet.Of(model)}```\n");
        if (description.Classes.Count > 0)
            text.Append("\n## Classes\n").AppendJoin(", ", description.Classes.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Code} {item.Name}"))).Append(".\n");
        if (description.Targets.Count > 0)
        {
            text.Append("\n## Targets\nEach is the network's number times the deviation, plus the mean.\n\n| | unit | mean | deviation |\n|---|---|---:|---:|\n");
            foreach (var target in description.Targets)
                text.Append(CultureInfo.InvariantCulture, $"| {target.Name} | {target.Unit} | {target.Mean:0.###} | {target.StandardDeviation:0.###} |\n");
        }

        text.Append("\n## Bands and normalisation\nA pixel enters as (digital number - mean) / deviation; pixels without data as 0.\n");
        if (description.LabelOffset is { } offset)
            text.Append(CultureInfo.InvariantCulture, $"Images are then moved so that each pixel shows the ground {offset} (down, to the right) from it, where the training labels had it: Lanczos kernel of three lobes along both sides, neighbours without data replaced by the pixel itself.\n");
        text.Append("\n| channel | band | nm | mean | deviation |\n|---:|---:|---:|---:|---:|\n");
        for (var i = 0; i < shape.Bands; i++)
            text.Append(CultureInfo.InvariantCulture, $"| {i} | {description.Bands[i]} | {description.WavelengthsNm[i]:0.##} | {description.Mean[i]:0.###} | {description.StandardDeviation[i]:0.###} |\n");
        if (model.Records.Recipe is { } recipe)
            text.Append("\n## Recipe\n```yaml\n").Append(recipe.TrimEnd()).Append("\n```\n");
        return text.ToString();
    }

    private static void Table(StringBuilder text, IEnumerable<(string Name, FormattableString Value)> rows)
    {
        text.Append("\n| | |\n|---|---|\n");
        foreach (var (name, value) in rows)
            text.Append("| ").Append(name).Append(" | ").Append(value.ToString(CultureInfo.InvariantCulture).Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
    }
}
