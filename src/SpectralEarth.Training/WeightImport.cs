using SpectralEarth.Checkpoints;
using SpectralEarth.Recipes;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;

namespace SpectralEarth.Training;

/// <summary>Brings foreign weights into the folder <c>checkpoints</c>, under the names of recipes and sensors.</summary>
public sealed record WeightImport
{
    /// <summary>Folder of models that travels with the program.</summary>
    private const string Root = "checkpoints", RecipeName = "pretrain.yaml";

    /// <summary>File in any format of <see cref="WeightFile.Open"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Name of the folder in <c>checkpoints</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Pretraining recipe with the shape of the model; null infers it.</summary>
    public string? Recipe { get; init; }

    /// <summary>Folder in <c>checkpoints</c> whose recipe has the shape of the model.</summary>
    public string? Model { get; init; }

    /// <summary>Sensor whose default bands and published statistics the weights are used with.</summary>
    public string Sensor { get; init; } = "enmap";

    /// <summary>Side of the images that the result takes, pixels; null takes the recipe's, else the file's.</summary>
    public int? PatchSize { get; init; }

    /// <summary>Which of two encoders.</summary>
    public WeightPart Part { get; init; } = WeightPart.Encoder;

    /// <inheritdoc cref="WeightImportOptions.InterpolatePositions"/>
    public bool InterpolatePositions { get; init; }

    /// <inheritdoc cref="WeightImportOptions.AdaptBands"/>
    public bool AdaptBands { get; init; }

    /// <summary>Imports, and writes a card where there is none.</summary>
    /// <exception cref="ArgumentException">The name is no folder name, or both a recipe and a model are given.</exception>
    /// <exception cref="RecipeException">Recipe, model or sensor do not exist or are wrong.</exception>
    /// <inheritdoc cref="Importer.Import"/>
    public WeightImportReport Run()
    {
        if (Name.Length == 0 || Name is "." or ".." || Name.IndexOfAny([.. Path.GetInvalidFileNameChars(), '\\']) >= 0)
            throw new ArgumentException($"--as must be a folder name but is '{Name}'.");
        if (Recipe is not null && Model is not null)
            throw new ArgumentException("--recipe and --model both name a shape; give one.");
        var root = ProgramFolder.Find(Root);
        var recipePath = Recipe ?? (Model is null ? null : Path.Combine(root, Model, RecipeName));
        var recipe = recipePath is null ? null : RecipeFile.Read<PretrainRecipe>(recipePath);
        var bands = BandsOf(SensorCatalog.Load(Sensor));
        var size = PatchSize ?? recipe?.CropSize;
        var folder = Path.Combine(root, Name);
        var report = Importer.Import(Source, folder, new WeightImportOptions
        {
            Bands = bands,
            Part = Part,
            Model = recipe is null ? null : (recipe.Mae ?? new()).Model(recipe.EncoderOn(bands.Numbers.Count, size ?? recipe.Encoder.TokenSize * 2)),
            ModelName = Model ?? (recipePath is null ? null : Path.GetFileName(recipePath)),
            PatchSize = size,
            InterpolatePositions = InterpolatePositions,
            AdaptBands = AdaptBands,
        });
        var card = Path.Combine(folder, "README.md");
        if (!File.Exists(card))
            AtomicFile.WriteText(card, Card(report));
        return report;
    }

    private static InputBands BandsOf(Sensor sensor)
    {
        var table = sensor.Bands.Select(sensor.DefaultBands);
        var statistics = sensor.StatisticsOf(sensor.DefaultBands);
        return new InputBands(
            sensor.DefaultBands, table.WavelengthsNm, [.. statistics.Select(band => band.Mean)], [.. statistics.Select(band => band.StandardDeviation)],
            sensor.Descriptor.NoData, sensor.Descriptor.PixelSizeM);
    }

    private string Card(WeightImportReport report) => FormattableString.Invariant($"""
        # {Name}
        Weights imported from {report.Description.Provenance.ImportedFrom ?? Path.GetFileName(report.Source)}.

        | | |
        |---|---|
        | architecture | {report.Description.Architecture}: {report.Description.Encoder.Summary} |
        | input | {report.Description.Encoder.Bands} bands, {report.Description.Encoder.PatchSize} x {report.Description.Encoder.PatchSize} pixels |
        | matched | {report.Matched.Count} tensors |
        | licence | that of the source: ask its authors before use |

        """) + string.Concat(report.Notes.Select(note => $"- {note}\n"));
}
