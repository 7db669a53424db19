using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Reports;
using SpectralEarth.Tasks.Finetuning.Kinds;
using SpectralEarth.Tasks.Metrics;
using SpectralEarth.Training.Monitoring;
using SpectralEarth.Training.Runs;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The page that shows how a fine-tuning run went and what its numbers rest on.</summary>
internal static class FinetuneReport
{
    /// <summary>Writes report.html.</summary>
    /// <param name="folder">Run.</param>
    /// <param name="result">Outcome.</param>
    /// <param name="scored">Predictions of the test, or of the validation where there was no test; null without both.</param>
    /// <param name="kind">Sections of the kind of task.</param>
    /// <param name="setup">Data, recipe, split.</param>
    /// <param name="evaluations">Evaluations on validation.</param>
    /// <param name="best">Network with the best weights.</param>
    public static void Write(
        RunFolder folder, FinetuneResult result, IScoreStore? scored, ITaskKind kind, TaskSetup setup, IReadOnlyList<Evaluation> evaluations, TaskModel best)
    {
        var recipe = setup.Recipe;
        var page = new ReportPage("Fine-tuning").Facts(
        [
            ("Run", folder.Path),
            ("Task", KeyNames.Of(recipe.Task)),
            ("Encoder", recipe.InitialWeights == InitialWeights.Random ? $"random weights, architecture of {result.Checkpoint}" : result.Checkpoint),
            ("Trained", Trained(recipe, best.Encoder.Config)),
            ("Images moved onto the labels", result.LabelOffset is { } offset ? $"by {offset}" : "no"),
            ("Steps", $"{result.Steps}, weights of step {result.BestStep}"),
            ("Seed", recipe.Seed.ToString(CultureInfo.InvariantCulture)),
        ]);
        ScoreSections.AddOutcome(page, result, scored, kind, "Validation (used to choose the weights)");
        AddCourse(page, folder, evaluations, recipe, kind.Course);
        page.Heading(result.Test is null ? "Training patches" : "Test patches");
        kind.AddExamples(page, best, result.Test is null ? setup.Split.Train : setup.Split.Test);
        page.Heading("Recipe").Verbatim(RecipeFile.ToYaml(recipe));
        page.Write(folder.ReportPath);
    }

    private static string Trained(FinetuneRecipe recipe, EncoderConfig encoder)
    {
        var first = recipe.TrainFirstBlocks == 0 ? "" : $", and the first {recipe.TrainFirstBlocks} {(encoder.IsTransformer ? "blocks" : "stages")}";
        return recipe.Freeze switch
        {
            FrozenPart.None => $"everything, layer decay {recipe.LayerDecay.ToString(CultureInfo.InvariantCulture)}",
            FrozenPart.Adapter => "everything but the adapter",
            FrozenPart.AllButAdapter => "head and adapter" + first,
            _ => "head only" + first,
        };
    }

    private static void AddCourse(ReportPage page, RunFolder folder, IReadOnlyList<Evaluation> evaluations, FinetuneRecipe recipe, IReadOnlyList<string> course)
    {
        page.Heading("Course of the run");
        var rows = File.Exists(folder.MetricsPath) ? MetricsFile.Read(folder.MetricsPath).Where(row => row.IsFinite).ToList() : [];
        if (rows.Count > 0)
        {
            page.Figure(Charts.Lines("Training loss", "Step", "Loss", [new ChartSeries("loss", [.. rows.Select(row => (double)row.Step)], [.. rows.Select(row => row.Loss)])], logarithmicIfWide: true),
                $"Training loss over {rows[^1].Step} steps.");
        }

        if (evaluations.Count == 0)
            return;
        page.Figure(Charts.Lines("Scores on validation", "Step", "Score", [.. course.Select(key => Series(key, evaluations))]),
            "Scores on validation over steps.", $"The weights with the best {KeyNames.Of(recipe.Selection)} are kept.");
    }

    private static ChartSeries Series(string key, IReadOnlyList<Evaluation> evaluations)
    {
        var defined = evaluations.Where(evaluation => evaluation.Scores.ContainsKey(key)).ToArray();
        return new ChartSeries(key.Replace('_', ' '), [.. defined.Select(evaluation => (double)evaluation.Step)], [.. defined.Select(evaluation => evaluation.Scores[key])]);
    }
}
