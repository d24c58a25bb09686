/** A program that calls a loss; native code needs no word here. */
module com.example.modules {
  requires org.autoloss;
}
