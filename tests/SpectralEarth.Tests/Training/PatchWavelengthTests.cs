using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Shards;

namespace SpectralEarth.Tests.Training;

/// <summary>What pretraining by wavelength asks of the wavelengths of patches.</summary>
public sealed class PatchWavelengthTests : PretrainFixture
{
    [Test]
    public void An_adapter_by_wavelength_refuses_patches_at_other_wavelengths_than_the_data_sets()
    {
        var mixed = TinyDataset.Write(Folder.File("mixed"), arrangements: ["A", "B"]);
        var recipe = TinyRecipe.Recipe with { Encoder = TinyRecipe.Recipe.Encoder with { Adapter = AdapterForm.Full } };
        var own = Dataset.Open(mixed).Manifest.WavelengthsNm;
        var id = Dataset.Open(mixed).Catalog.Select(info => info.SceneId).Distinct().Single();

        Refused("imported: there is no table of scenes");
        Scenes(id);
        Refused("no scene is known");
        Scenes("another", own);
        Refused("imported patches beside tiled ones");
        Scenes(id, own, [.. own.Select((nm, channel) => channel > 50 ? nm + 11.5 : nm)]);
        Refused("tiled by number");
        Scenes(id, own, [.. own.Select(nm => nm + 0.2)]);
        Assert.That(() => TinyRecipe.Open(Folder.File("run"), mixed, recipe).Dispose(), Throws.Nothing, "mapped onto common wavelengths");
        File.WriteAllText(Path.Combine(mixed, "scenes.csv"), "scene_id\ns0\n");
        Assert.That(() => TinyRecipe.Open(Folder.File("run"), mixed, recipe), Throws.TypeOf<DatasetException>().With.Message.Contains("the header is not"));
        File.Delete(Path.Combine(mixed, "scenes.csv"));
        Assert.That(() => TinyRecipe.Open(Folder.File("reference"), mixed).Dispose(), Throws.Nothing, "the reference's adapter goes by number");

        void Refused(string because) => Assert.That(() => TinyRecipe.Open(Folder.File("run"), mixed, recipe), Throws.TypeOf<RecipeException>()
            .With.Message.Contains("arrangements A, B").And.Message.Contains("--wavelengths linear"), because);

        void Scenes(string first, params IReadOnlyList<double>[] wavelengths) => File.WriteAllText(Path.Combine(mixed, "scenes.csv"),
            string.Concat(wavelengths.Select((list, number) => $"{(number == 0 ? first : $"s{number}")},2022-07-24T10:45:26.000000Z,32633,A,01.03.02,Land_Mode,1,1,0,0,0,0,0,0,16,16,,{Spaced(list)}\n")
                .Prepend("scene_id,time,epsg,arrangement,processor_version,correction_type,patches,windows,skipped_nodata,skipped_cloud,skipped_other,wavelength_distance_nm,shift_east_m,shift_north_m,width,height,empty_bands,wavelengths_nm\n")));

        static string Spaced(IEnumerable<double> values) => string.Join(' ', values.Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Test]
    public void An_adapter_by_wavelength_warns_of_patches_whose_wavelengths_nobody_knows()
    {
        var unknown = TinyDataset.Write(Folder.File("unknown"), arrangements: ["unknown"]);
        var mixed = TinyDataset.Write(Folder.File("partly-unknown"), arrangements: ["A", "unknown"]);
        var recipe = TinyRecipe.Recipe with { Encoder = TinyRecipe.Recipe.Encoder with { Adapter = AdapterForm.Full } };
        var (byWavelength, byNumber) = (new LogList(), new LogList());

        TinyRecipe.Open(Folder.File("run"), unknown, recipe, byWavelength.Logger).Dispose();
        TinyRecipe.Open(Folder.File("reference"), unknown, log: byNumber.Logger).Dispose();

        Assert.That(byWavelength.Warnings, Has.One.Contains("the files of 10 patches told no wavelengths"));
        Assert.That(byNumber.Warnings, Has.None.Contains("wavelengths"));
        Assert.That(() => TinyRecipe.Open(Folder.File("mixed"), mixed, recipe), Throws.TypeOf<RecipeException>().With.Message.Contains("arrangements A, unknown"));
    }
}
