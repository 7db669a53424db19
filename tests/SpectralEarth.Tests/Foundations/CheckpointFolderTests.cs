using System.Globalization;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Training;

namespace SpectralEarth.Tests.Foundations;

public sealed class CheckpointFolderTests
{
    private static readonly string[] Published =
    [
        "spec-vit-small-mae", "spec-vit-base-mae", "spec-vit-large-mae", "spec-vit-huge-mae", "spec-vit-giant-mae",
        "spec-vit-small-moco", "spec-vit-small-dino", "spec-resnet50-moco", "spec-resnet50-dino",
    ];

    private static readonly string[] Own = ["spec-vit-small-crossmae", "spec-vit-small-moco-v3", "demo", "potsdam-land-cover"];

    [Test]
    public void Every_published_model_and_ours_have_a_card()
    {
        var folders = Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Order();

        Assert.That(folders, Is.SupersetOf(Published.Concat(Own)));      // users import others
        Assert.That(folders, Has.All.Matches<string>(folder => File.Exists(Path.Combine(Root, folder, "README.md"))));
    }

    [TestCaseSource(nameof(Recipes), new object[] { "pretrain.yaml" })]
    public void Pretraining_recipes_can_run(string model)
    {
        var recipe = Read<PretrainRecipe>(model, "pretrain.yaml");

        Assert.That(() => recipe.Validated(Manifest(model)), Throws.Nothing);
    }

    [Test]
    public void Every_published_model_has_a_recipe_in_both_forms()
    {
        Assert.That(Recipes("pretrain.yaml"), Is.SupersetOf(Published.Concat(Own)));
        Assert.That(Recipes("pretrain.reference.yaml"), Is.EquivalentTo(Published));
    }

    [TestCaseSource(nameof(Recipes), new object[] { "finetune.yaml" })]
    public void Fine_tuning_recipes_can_run(string model)
    {
        var recipe = Read<FinetuneRecipe>(model, "finetune.yaml");

        Assert.That(() => recipe.Validated(Manifest(model)), Throws.Nothing);
    }

    // Width, depth and heads of the reference's registry; parameters without head as its code counts them.
    [TestCase("spec-vit-small-mae", 384, 12, 6, 22_531_328)]
    [TestCase("spec-vit-base-mae", 768, 12, 12, 87_473_792)]
    [TestCase("spec-vit-large-mae", 1024, 24, 16, 305_516_416)]
    [TestCase("spec-vit-huge-mae", 1280, 32, 16, 633_672_832)]
    [TestCase("spec-vit-giant-mae", 1536, 40, 24, 1_138_043_264)]
    public void Published_sizes_are_those_of_the_reference_in_both_forms(string model, int width, int depth, int heads, long parameters)
    {
        var recipe = Read<PretrainRecipe>(model, "pretrain.reference.yaml");

        var shape = recipe.EncoderOn(bands: 202, patchSize: 128);
        var (d, l) = ((long)shape.Width, (long)shape.Depth);
        Assert.That((d, l, shape.Heads), Is.EqualTo(((long)width, (long)depth, heads)));
        Assert.That(56_192 + 3077 * d + l * (12 * d * d + 13 * d), Is.EqualTo(parameters));
        Assert.That(File.ReadAllText(Path.Combine(Root, model, "README.md")), Does.Contain(parameters.ToString("N0", CultureInfo.InvariantCulture)));
        Assert.That(Read<PretrainRecipe>(model, "pretrain.yaml").EncoderOn(bands: 202, patchSize: 128), Is.EqualTo(shape));
    }

    private static string Root => ProgramFolder.Find("checkpoints");

    private static IEnumerable<string> Recipes(string file) =>
        Directory.GetFiles(Root, file, SearchOption.AllDirectories).Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)).Order();

    private static T Read<T>(string model, string file) => RecipeFile.Read<T>(Path.Combine(Root, model, file));

    private static DatasetManifest Manifest(string model)
    {
        var sensor = SensorCatalog.Load("enmap");
        var size = model.StartsWith("spec-", StringComparison.Ordinal) ? 128 : 32;
        return new DatasetManifest
        {
            Sensor = "EnMAP",
            Bands = sensor.DefaultBands,
            WavelengthsNm = sensor.Bands.Select(sensor.DefaultBands).WavelengthsNm,
            PatchSize = size,
            Stride = size,
            PixelSizeM = 30,
            Scale = 0.0001,
            NoData = -32768,
            Patches = 100,
            Codec = "raw",
            Classes = [new LabelClass(1, "a", "#000000"), new LabelClass(2, "b", "#ffffff")],
            Statistics = [],
            Fingerprint = "",
        };
    }
}
