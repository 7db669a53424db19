using SpectralEarth.Tasks.Finetuning;

namespace SpectralEarth.Tests.Tasks;

public sealed class LossRecipeTests
{
    [TestCase(ClassWeighting.None, 1.0, 1.0)]
    [TestCase(ClassWeighting.SquareRoot, 1.0, 4.0)]
    [TestCase(ClassWeighting.Balanced, 1.0, 16.0)]
    public void The_mean_weight_of_a_training_pixel_is_one(ClassWeighting weighting, double common, double rare)
    {
        var weights = new LossRecipe { ClassWeights = weighting }.Weights([16, 1, 0]);

        Assert.That(((16 * weights[0]) + weights[1]) / 17, Is.EqualTo(1).Within(1e-6));
        Assert.That(weights[1] / weights[0], Is.EqualTo(rare / common).Within(1e-5));
    }

    [Test]
    public void A_class_without_pixels_has_no_weight()
    {
        var weights = new LossRecipe().Weights([16, 1, 0]);

        Assert.That(weights[2], Is.Zero);
    }
}
