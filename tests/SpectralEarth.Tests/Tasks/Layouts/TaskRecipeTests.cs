using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Storage;
using SpectralEarth.Tasks.Finetuning;

namespace SpectralEarth.Tests.Tasks.Layouts;

public sealed class TaskRecipeTests
{
    [TestCaseSource(nameof(Recipes))]
    public void Recipes_of_published_tasks_can_run_and_have_the_published_settings(string name, string file)
    {
        var task = TaskDescriptor.Load(name);

        var recipe = RecipeFile.Read<FinetuneRecipe>(Path.Combine(ProgramFolder.Find("datasets"), name, file)).Validated(Manifest(task));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(recipe.Task, Is.EqualTo(task.Type));
            Assert.That(recipe.WithoutEffect(new EncoderConfig()), Is.Empty);
            Assert.That(recipe.Bands, Is.EqualTo(task.Sensor == "enmap" ? BandUse.ByNumber : BandUse.OfData));
            Assert.That(recipe.Epochs, Is.EqualTo(task.PublishedTraining!.Epochs));
            Assert.That(recipe.Optimizer.LearningRate, Is.EqualTo(task.PublishedTraining.LearningRate));
            Assert.That(recipe.Optimizer.WeightDecay, Is.EqualTo(task.PublishedTraining.WeightDecay));
            Assert.That(recipe.BatchSize % task.PublishedTraining.BatchSizePerGpu, Is.Zero);
            Assert.That(recipe.Augmentation.ResizedCropScale, Is.EqualTo(task.PublishedTraining.CropScale));
            Assert.That(recipe.AdapterStatistics, Is.EqualTo(file == "reference.yaml" ? AdapterStatistics.Drifting : AdapterStatistics.Frozen));
        }
    }

    private static IEnumerable<TestCaseData> Recipes() =>
        from task in Directory.GetFiles(ProgramFolder.Find("datasets"), TaskDescriptor.FileName, SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        from file in (string[])["finetune.yaml", "reference.yaml"]
        select new TestCaseData(Path.GetFileName(Path.GetDirectoryName(task)!), file);

    private static DatasetManifest Manifest(TaskDescriptor task) => new()
    {
        Sensor = task.Sensor,
        Bands = [1],
        WavelengthsNm = [500],
        PatchSize = task.PatchSize,
        Stride = task.PatchSize,
        PixelSizeM = 30,
        Scale = 1,
        NoData = -1,
        Patches = 1,
        Codec = "raw",
        Classes = [.. task.Classes.Select((item, index) => new LabelClass(index + 1, item.Name, item.Color))],
        Targets = task.Targets,
        Statistics = [],
        Fingerprint = "",
    };
}
